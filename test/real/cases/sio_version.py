"""Generations of the libraries against each other."""
from lab.case import case


@case('sio-version-v2-client', 'socket.io 4', healthy='allowEIO3: true')
def _(t):
    bad = t.sio()
    t.healthy(bad.http('/socket.io/'))
    t.broken(bad.http('/socket.io/'), '--eio', '3')
    t.fixed(bad, bad.http('/socket.io/'), '--eio', '3', edit=lambda s: f'const io = {s};')
    t.healthy(bad.http('/socket.io/'))


@case('sio-version-v2-client', 'socket.io 3', healthy='allowEIO3: true', name='sio-version-v2-client-3')
def _(t):
    t.broken(t.sio(version=3).http('/socket.io/'), '--eio', '3')
    t.healthy(t.sio('allowEIO3: true', version=3).http('/socket.io/'), '--eio', '3')
    t.healthy(t.sio(version=3).http('/socket.io/'))


@case('sio-version-v2-server', 'socket.io 2', healthy='a client of version 2')
def _(t):
    far = t.sio(version=2)
    t.broken(far.http('/socket.io/'), '--eio', '4', severity='error')
    t.broken(far.http('/socket.io/?EIO=4'), severity='error')
    t.broken(far.http('/socket.io/'), severity='warning')  # nothing says that the clients are newer
    t.healthy(far.http('/socket.io/'), '--eio', '3')


@case('sio-python-version-mismatch', 'python-socketio, uvicorn', healthy='a client of version 3 or 4')
def _(t):
    far = t.sio_asgi()
    t.broken(far.http('/socket.io/'), '--eio', '3')
    t.healthy(far.http('/socket.io/'))


@case('sio-python-version-mismatch', 'python-socketio', healthy='a client of version 3 or 4', name='sio-python-version-wsgi')
def _(t):
    far = t.sio_wsgi()
    t.broken(far.http('/socket.io/'), '--eio', '3')
    t.healthy(far.http('/socket.io/'))


@case('sio-parser-mismatch', 'socket.io 4, socket.io-msgpack-parser', healthy='the parser of the library')
def _(t):
    t.broken(t.sio("parser: require('socket.io-msgpack-parser')").http('/socket.io/'))
    t.healthy(t.sio().http('/socket.io/'))


EIO3 = '''
const server = http.createServer((q, r) => { r.writeHead(404); r.end('nothing here'); });
require(require.resolve('engine.io', { paths: [require.resolve('socket.io2')] })).attach(server, { pingInterval: 600, pingTimeout: 600%s })
    .on('connection', s => s.on('message', m => s.send(m)));
server.listen(port, host);
'''


@case('sio-version-30s-drop', 'engine.io 3', healthy='a client of its own version')
def _(t):
    # By WebSocket alone nothing but the heartbeat tells the two protocols apart.
    far = t.node(EIO3 % ", transports: ['websocket']")
    t.broken(far.http('/engine.io/'), '--eio', '4', '--idle', '2s')
    t.healthy(far.http('/engine.io/'), '--eio', '3', '--idle', '2s')


@case('sio-version-v2-server', 'socket.io 2', healthy='a client of version 2', name='sio-version-v2-server-websocket')
def _(t):
    far = t.sio("transports: ['websocket']", version=2)
    t.broken(far.http('/socket.io/'), '--eio', '4')
    t.healthy(far.http('/socket.io/'), '--eio', '3')


@case('sio-version-v2-server', 'nginx, socket.io 2', healthy='the same behind a proxy, with a client of version 2', name='sio-version-v2-server-nginx')
def _(t):
    front = t.nginx(t.proxied(t.sio(version=2)))
    t.broken(front.http('/socket.io/'), '--eio', '4')
    t.healthy(front.http('/socket.io/'), '--eio', '3')
