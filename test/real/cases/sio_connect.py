"""Whom the server lets in, and into which namespace."""
import os

from lab.case import case


@case('sio-invalid-namespace', 'socket.io 4', healthy='io.of() has it')
def _(t):
    bad = t.sio()
    t.broken(bad.http('/socket.io/'), '--namespace', '/admin')
    t.fixed(bad, bad.http('/socket.io/'), '--namespace', '/admin', edit=lambda s: 'const io = new Server(server);\n' + s.replace('…', ''))
    t.healthy(t.sio(more="io.of('/admin');").http('/socket.io/'), '--namespace', '/admin')


@case('sio-invalid-namespace', 'socket.io 2', healthy='io.of() has it', name='sio-invalid-namespace-v2')
def _(t):
    t.broken(t.sio(version=2).http('/socket.io/'), '--eio', '3', '--namespace', '/admin')
    t.healthy(t.sio(more="io.of('/admin');", version=2).http('/socket.io/'), '--eio', '3', '--namespace', '/admin')


@case('sio-invalid-namespace', 'python-socketio, uvicorn', healthy='the main namespace', name='sio-invalid-namespace-python')
def _(t):
    far = t.sio_asgi()
    t.broken(far.http('/socket.io/'), '--namespace', '/admin')
    t.healthy(far.http('/socket.io/'))


@case('auth-eio-allowrequest', 'socket.io 4', healthy='with the credential')
def _(t):
    far = t.sio("allowRequest: (q, done) => done(null, q.headers.authorization === 'Bearer secret-1')")
    t.broken(far.http('/socket.io/'))
    t.healthy(far.http('/socket.io/'), '-H', 'Authorization: Bearer secret-1')


@case('auth-eio-allowrequest', 'socket.io 4', healthy='with the credential', name='auth-eio-allowrequest-words')
def _(t):
    far = t.sio("allowRequest: (q, done) => done(q.headers.authorization ? null : 'no token', !!q.headers.authorization)")
    t.broken(far.http('/socket.io/'))
    t.healthy(far.http('/socket.io/'), '-H', 'Authorization: Bearer secret-1')


MIDDLEWARE = "io.use((s, next) => next(s.handshake.auth.token === 'secret-1' ? undefined : new Error('not authorized')));"


@case('auth-sio-middleware-connect-error', 'socket.io 4', healthy='with the token in auth')
def _(t):
    far = t.sio(more=MIDDLEWARE)
    t.broken(far.http('/socket.io/'))
    t.broken(far.http('/socket.io/'), '--auth', '{"token":"wrong"}')
    t.healthy(far.http('/socket.io/'), '--auth', '{"token":"secret-1"}')
    # a server that repeats the token in its refusal
    run = os.path.join(t.folder, 'echo.jsonl')
    far = t.sio(more="io.use((s, next) => next(new Error(`no such token: ${s.handshake.auth.token}`)));")
    t.broken(far.http('/socket.io/'), '--auth', '{"token":"EXAMPLE-4711"}', '--save', run)
    if 'EXAMPLE-4711' in str(t.said) or (t.said and 'EXAMPLE-4711' in open(run, encoding='utf-8').read()):
        t.wrong('the token that the server repeats is in the report')


@case('auth-sio-middleware-connect-error', 'python-socketio, uvicorn', healthy='with the token in auth', name='auth-sio-refused-python')
def _(t):
    far = t.uvicorn('''
import socketio
sio = socketio.AsyncServer(async_mode='asgi')
@sio.event
async def connect(sid, environ, auth):
    if (auth or {}).get('token') != 'secret-1':
        raise socketio.exceptions.ConnectionRefusedError('not authorized')
app = socketio.ASGIApp(sio)
''')
    t.broken(far.http('/socket.io/'))
    t.healthy(far.http('/socket.io/'), '--auth', '{"token":"secret-1"}')


@case('origin-rejected-python-eio', 'python-socketio, uvicorn', healthy='an origin of the list')
def _(t):
    far = t.sio_asgi("cors_allowed_origins=['https://app.example.com']")
    t.broken(far.http('/socket.io/'), '--origin', 'https://evil.example')
    t.healthy(far.http('/socket.io/'), '--origin', 'https://app.example.com')


@case('origin-rejected-python-eio', 'nginx, python-socketio', healthy='Host is passed on', name='origin-rejected-python-proxy')
def _(t):
    # The list is made of scheme and Host as the backend sees them.
    far = t.sio_asgi()
    t.broken(t.nginx(t.proxied(far)).http('/socket.io/'))
    t.healthy(t.nginx(t.proxied(far, 'proxy_set_header Host $http_host;')).http('/socket.io/'))


@case('sio-namespace-vs-path', 'socket.io 4', healthy='the path as such')
def _(t):
    far = t.sio("path: '/my-path/socket.io/'")
    t.broken(t.sio().http('/socket.io/'), '--namespace', '/my-path/')
    t.healthy(far.http('/my-path/socket.io/'))


@case('auth-eio-allowrequest', 'socket.io 4', healthy='with the credential', name='auth-eio-allowrequest-websocket-only')
def _(t):
    def far(words):
        return t.sio(f"transports: ['websocket'], allowRequest: (q, done) => done(q.headers.authorization ? null : {words}, !!q.headers.authorization)")
    own, usual = far("'no token'"), far('null')
    for part in (own, usual):
        t.broken(part.http('/socket.io/'))
        t.broken(part.ws('/socket.io/?EIO=4&transport=websocket'))
        t.healthy(part.http('/socket.io/'), '-H', 'Authorization: Bearer secret-1')


@case('auth-eio-allowrequest', 'engine.io', healthy='with the credential', name='auth-eio-allowrequest-engineio')
def _(t):
    far = t.eio("allowRequest: (q, done) => done(null, q.headers.authorization === 'Bearer secret-1')")
    t.broken(far.http('/engine.io/'))
    t.healthy(far.http('/engine.io/'), '-H', 'Authorization: Bearer secret-1')
