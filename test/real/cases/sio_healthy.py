"""Socket.IO that is well and unusual: not a single error or warning."""
import os

from lab.case import healthy_case

IO = '/socket.io/'
ALL = ('--samples', '3', '--binary', 'echo', '--emit', 'echo 1', '--size', '100000')


@healthy_case('sio-websocket-only', 'socket.io 4, engine.io, python-socketio: WebSocket alone')
def _(t):
    t.healthy(t.sio("transports: ['websocket']").http(IO), *ALL)
    t.healthy(t.eio("transports: ['websocket']").http('/engine.io/'), '--samples', '3', '--size', '100000')


@healthy_case('sio-polling-only', 'socket.io 2, 3, 4: polling alone; upgrades not allowed')
def _(t):
    polling = "transports: ['polling']"
    t.healthy(t.sio(polling).http(IO), *ALL)
    t.healthy(t.sio(polling, version=3).http(IO))
    t.healthy(t.sio(polling, version=2).http(IO), '--eio', '3')
    t.healthy(t.sio('allowUpgrades: false').http(IO))


@healthy_case('sio-no-trailing-slash', 'socket.io 4 at paths with and without a slash at the end')
def _(t):
    t.healthy(t.sio('addTrailingSlash: false').http('/socket.io'))
    t.healthy(t.sio("path: '/chat', addTrailingSlash: false").http('/chat'), '--dialect', 'socketio')
    t.healthy(t.sio().http('/socket.io'))


@healthy_case('sio-allow-eio3', 'socket.io 3 and 4 that take clients of version 2 as well')
def _(t):
    for version in (3, 4):
        far = t.sio('allowEIO3: true', version=version)
        for more in ((), ('--eio', '3'), ('--eio', '4')):
            t.healthy(far.http(IO), *more)


@healthy_case('sio-v2', 'socket.io 2 with its own clients')
def _(t):
    far = t.sio(version=2)
    for more in (('--emit', 'echo 1'), ('--binary', 'echo'), ('--samples', '3'), ('--size', '50000'), ('--idle', '1500ms')):
        t.healthy(far.http(IO), '--eio', '3', *more)
    # by polling alone it is the client that pings; a server would close a mute one after 600 ms
    old = t.sio("transports: ['polling'], pingInterval: 300, pingTimeout: 300", version=2)
    run = os.path.join(t.folder, 'v2.jsonl')
    t.healthy(old.http(IO), '--eio', '3', '--idle', '2s', '--save', run)
    pings = [line for line in open(run, encoding='utf-8') if '"eio.ping"' in line and '"polling"' in line] if t.said else [1] * 4
    if len(pings) < 4:
        t.wrong(f'held by polling with {len(pings)} heartbeats')


@healthy_case('sio-greets', 'socket.io 4 that says much as soon as it is connected, before and after CONNECT')
def _(t):
    t.healthy(t.sio(on="for (let i = 0; i < 50; i++) s.emit('welcome', i); s.emit('picture', Buffer.alloc(5000));").http(IO), *ALL)
    t.healthy(t.sio(more="io.of('/').use((s, next) => { s.emit('early', 1); setTimeout(next, 300); });").http(IO))


@healthy_case('sio-slow-to-accept', 'socket.io 4 whose allowRequest and middleware take their time')
def _(t):
    t.healthy(t.sio('allowRequest: (q, done) => setTimeout(done, 300, null, true)', more='io.use((s, next) => setTimeout(next, 300));').http(IO))


@healthy_case('sio-cookie', 'socket.io 4 with a cookie of its own, which binds nobody to a server')
def _(t):
    t.healthy(t.sio('cookie: true').http(IO))


@healthy_case('sio-compressed', 'socket.io 4 with permessage-deflate and compressed polls')
def _(t):
    t.healthy(t.sio('perMessageDeflate: { threshold: 0 }, httpCompression: { threshold: 1 }').http(IO), *ALL)


@healthy_case('sio-quick-heartbeat', 'socket.io 4 that pings five times a second')
def _(t):
    t.healthy(t.sio('pingInterval: 200, pingTimeout: 1000').http(IO), '--idle', '2s')


@healthy_case('sio-recovery', 'socket.io 4 with connectionStateRecovery, behind nginx')
def _(t):
    t.healthy(t.nginx(t.proxied(t.sio('connectionStateRecovery: {}'))).http(IO), '--reconnect')


@healthy_case('sio-namespaces', 'socket.io 4 with namespaces by a pattern and a closed main one')
def _(t):
    far = t.sio(more="io.of(/^\\/room-\\d+$/); io.use((s, next) => next(new Error('nobody here')));")
    t.healthy(far.http(IO), '--namespace', '/room-7')


@healthy_case('sio-beside-http', 'express, socket.io 4 and a plain WebSocket on one port')
def _(t):
    far = t.node("""
const app = require('express')();
const server = http.createServer(app);
new (require('socket.io4').Server)(server, { destroyUpgrade: false });
const wss = new WebSocketServer({ noServer: true });
server.on('upgrade', (q, s, h) => { if (q.url === '/live') wss.handleUpgrade(q, s, h, c => c.on('error', () => {})); });
app.get('/', (q, r) => r.send('<!doctype html><title>app</title>'));
server.listen(port, host);
""")
    t.healthy(far.http(IO))
    t.healthy(far.http('/'))
    t.healthy(far.ws('/live'))


@healthy_case('sio-no-cors', 'socket.io 4 without a word of CORS, to pages of its own origin')
def _(t):
    front = t.nginx(t.proxied(t.sio(), 'proxy_set_header Host $http_host;'), tls=t.certs.leaf())
    t.healthy(front.https(IO), '--cacert', t.certs.root, '--origin', f'https://localhost:{front.port}')


@healthy_case('sio-health', 'socket.io 4 with a health endpoint that counts, one that does not, none')
def _(t):
    def far(code, body):
        return t.node(f"""
const server = http.createServer((q, r) => {{
    r.writeHead({code}, {{ 'content-type': 'application/json' }});
    r.end(JSON.stringify({body}));
}});
const io = new (require('socket.io4').Server)(server);
server.listen(port, host);
""").http(IO)
    # What a health endpoint says is the application's word; the row repeats it, and no cause claims to know why.
    for code, body, result in ((200, '{ status: "ok", websocket: { connections: io.engine.clientsCount } }', 'good'), (503, '{ status: "error" }', 'bad'), (404, '{}', 'bad')):
        t.healthy(far(code, body), '--health', '/health', '--checklist')
        said = {c['id']: c['result'] for c in t.said['checklist']} if t.said else {'health': result, 'statistics': result}
        if (said['health'], said['statistics']) != (result, result):
            t.wrong(f'health endpoint with {code}: {said}')
