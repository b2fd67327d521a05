"""A small SOCKS5 proxy (RFC 1928, RFC 1929): socks5.py LISTEN [USER:PASSWORD | refuse]."""
import asyncio
import socket
import struct
import sys


def reply(code):
    return struct.pack('!BBBBIH', 5, code, 0, 1, 0, 0)


async def pump(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.write_eof()
    except OSError:
        writer.close()


async def authenticate(reader, writer, secret):
    _, count = struct.unpack('!BB', await reader.readexactly(2))
    methods = await reader.readexactly(count)
    wanted = 2 if secret else 0
    if wanted not in methods:
        writer.write(b'\x05\xff')
        return False
    writer.write(bytes((5, wanted)))
    if not secret:
        return True
    _, size = struct.unpack('!BB', await reader.readexactly(2))
    user = await reader.readexactly(size)
    password = await reader.readexactly((await reader.readexactly(1))[0])
    right = user + b':' + password == secret.encode()
    writer.write(b'\x01\x00' if right else b'\x01\x01')
    return right


async def target(reader):
    _, command, _, kind = struct.unpack('!BBBB', await reader.readexactly(4))
    if kind == 1:
        host = socket.inet_ntop(socket.AF_INET, await reader.readexactly(4))
    elif kind == 4:
        host = socket.inet_ntop(socket.AF_INET6, await reader.readexactly(16))
    else:
        host = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
    return command, host, struct.unpack('!H', await reader.readexactly(2))[0]


async def serve(reader, writer, option):
    secret = option if option and ':' in option else None
    if not await authenticate(reader, writer, secret):
        return
    command, host, port = await target(reader)
    if command != 1 or option == 'refuse':
        writer.write(reply(2 if option == 'refuse' else 7))
        return
    try:
        far_reader, far_writer = await asyncio.open_connection(host, port)
    except ConnectionRefusedError:
        writer.write(reply(5))
        return
    except OSError:
        writer.write(reply(4))
        return
    writer.write(reply(0))
    await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))
    far_writer.close()


async def main(listen, option):
    async def accept(reader, writer):
        try:
            await serve(reader, writer, option)
            await writer.drain()
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.close()

    host, _, port = listen.rpartition(':')
    async with await asyncio.start_server(accept, host.strip('[]'), int(port)) as server:
        await server.serve_forever()


asyncio.run(main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None))
