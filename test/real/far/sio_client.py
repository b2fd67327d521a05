"""python-socketio's client against `wsdx serve`: sio_client.py URL polling|upgrade|websocket"""
import asyncio
import sys

import socketio

URL, WAY = sys.argv[1:3]
TRANSPORTS = {'polling': ['polling'], 'upgrade': ['polling', 'websocket'], 'websocket': ['websocket']}[WAY]


async def back(sio, namespace, *args):
    answer = asyncio.get_running_loop().create_future()
    sio.on('message-back', lambda *a: answer.set_result(a), namespace=namespace)
    await sio.emit('message', args, namespace=namespace)
    said = await asyncio.wait_for(answer, 10)
    assert said == args, (namespace, said)


async def main():
    sio = socketio.AsyncClient(reconnection=False)
    auths = {'/': asyncio.get_running_loop().create_future(), '/custom': asyncio.get_running_loop().create_future()}
    for namespace, future in auths.items():
        sio.on('auth', future.set_result, namespace=namespace)
    await sio.connect(URL, transports=TRANSPORTS, namespaces=['/', '/custom'], auth={'token': 'abc'}, wait_timeout=10)
    for future in auths.values():
        assert await asyncio.wait_for(future, 10) == {'token': 'abc'}
    for namespace in auths:
        await back(sio, namespace, 1, '2', {'3': [True, None, 'é😀\n']})
        await back(sio, namespace, b'\x00\xff' * 1000, {'deep': [b'x']})
        await back(sio, namespace, 'é' * 100000)
        said = await sio.call('message-with-ack', ('a', b'\x01'), namespace=namespace, timeout=10)
        assert said == ('a', b'\x01'), said
    assert sio.transport() == ('polling' if WAY == 'polling' else 'websocket'), sio.transport()
    await sio.disconnect()
    stranger = socketio.AsyncClient(reconnection=False)
    refused = asyncio.get_running_loop().create_future()
    stranger.on('connect_error', refused.set_result, namespace='/none')
    await stranger.connect(URL, transports=TRANSPORTS, namespaces=['/none'], wait=False)
    assert await asyncio.wait_for(refused, 10) == {'message': 'Invalid namespace'}
    await stranger.disconnect()
    print('done')


asyncio.run(asyncio.wait_for(main(), 40))
