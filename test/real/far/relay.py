"""A TCP relay that delivers every byte a constant time later, and what goes to FAR at so many bytes a second:
relay.py LISTEN FAR MILLISECONDS [RATE]."""
import asyncio
import sys


def address(text):
    host, _, port = text.rpartition(':')
    return host.strip('[]'), int(port)


async def carry(reader, writer, delay, rate=None):
    """Chunks keep their order and their spacing; the end of the stream is delayed like a byte."""
    loop = asyncio.get_running_loop()
    queue = asyncio.Queue(2 if rate else 64)

    async def read():
        data = b'.'
        while data:
            try:
                data = await reader.read(rate // 20 if rate else 65536)
            except ConnectionError:
                data = b''
            await queue.put((loop.time() + delay, data))

    task = asyncio.create_task(read())
    try:
        while True:
            due, data = await queue.get()
            await asyncio.sleep(max(0, due - loop.time()))
            if not data:
                break
            writer.write(data)
            await writer.drain()
            if rate:
                await asyncio.sleep(len(data) / rate)
        writer.write_eof()
    except (ConnectionError, OSError):
        writer.close()
    finally:
        await task


async def main(listen, far, delay, rate):
    async def accept(reader, writer):
        try:
            far_reader, far_writer = await asyncio.open_connection(*far)
        except OSError:
            writer.transport.abort()
            return
        await asyncio.gather(carry(reader, far_writer, delay, rate), carry(far_reader, writer, delay))
        far_writer.close()
        writer.close()

    server = await asyncio.start_server(accept, *listen)
    async with server:
        await server.serve_forever()


asyncio.run(main(address(sys.argv[1]), address(sys.argv[2]), float(sys.argv[3]) / 1000, int(sys.argv[4]) if len(sys.argv) > 4 else None))
