"""python-websockets with each offer of permessage-deflate against a server that accepts it. Says "done" when all was as it should be."""
import asyncio
import itertools
import os
import sys

import websockets
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory

URL = sys.argv[1]
SIZES = (0, 1, 125, 126, 1000, 65535, 65536, 300000)


async def talk(server_no, client_no, server_bits, client_bits):
    offer = ClientPerMessageDeflateFactory(server_no, client_no, server_bits, client_bits)
    async with websockets.connect(URL, compression=None, extensions=[offer], max_size=None) as ws:
        agreed = [e.name for e in (ws.extensions if hasattr(ws, 'extensions') else ws.protocol.extensions)]
        assert agreed == ([] if server_bits == 8 else ['permessage-deflate']), (agreed, server_bits)
        for n in SIZES:
            for message in ('äb' * n, os.urandom(n)):
                await ws.send(message)
                assert await ws.recv() == message, (n, server_bits, client_bits)
        pong = await ws.ping(b'p' * 125)
        await pong


async def main():
    for terms in itertools.product((False, True), (False, True), (None, 8, 9), (None, True, 10)):
        await talk(*terms)
    print('done')


asyncio.run(main())
