"""What the application does with its events."""
from lab.case import case


@case('app-emit-not-acked', 'socket.io 4', healthy='the handler calls its ack')
def _(t):
    far = t.sio(on="s.on('save', () => {});")
    save = ('--emit', 'save {"a":1}')
    t.broken(far.http('/socket.io/'), *save)
    t.fixed(far, far.http('/socket.io/'), *save, edit=lambda s: "const io = new Server(server), save = async d => d;\n"
        f"io.on('connection', socket => {{ {s} }});")
    t.healthy(t.sio().http('/socket.io/'), '--emit', 'echo {"a":1}')
    # an event is an answer too, for who expects it
    t.healthy(t.sio(on="s.on('ask', () => s.emit('answer', 1));").http('/socket.io/'), '--emit', 'ask', '--expect', 'answer')


@case('app-delayed-server-handler', 'socket.io 4', healthy='the handler is registered before anything is awaited')
def _(t):
    save = ('--emit', 'save {"a":1}', '--emit-again')
    t.broken(t.sio(on="setTimeout(() => s.on('save', (d, done) => done(d)), 1000);").http('/socket.io/'), *save, '--timeout', '2s')
    t.healthy(t.sio(on="s.on('save', async (d, done) => { await new Promise(r => setTimeout(r, 1000)); done(d); });").http('/socket.io/'), *save)


@case('app-late-client-listener', 'socket.io 4', healthy='nobody misses it; it comes when it is asked for')
def _(t):
    far = t.sio(on="s.emit('welcome', 1);")
    t.mentioned(far.http('/socket.io/'), '--expect', 'welcome')
    t.mentioned(far.http('/socket.io/'), '--stream', 'welcome')
    t.unmentioned(far.http('/socket.io/'))
    t.unmentioned(t.sio(on="s.on('hello', (d, done) => { s.emit('welcome', 1); done(); });").http('/socket.io/'), '--emit', 'hello 1', '--expect', 'welcome')


@case('app-late-client-listener', 'python-socketio, uvicorn', healthy='nobody misses it', name='app-late-client-listener-python')
def _(t):
    far = t.uvicorn('''
import socketio
sio = socketio.AsyncServer(async_mode='asgi')
@sio.event
async def connect(sid, environ, auth):
    await sio.emit('welcome', 1, to=sid)
app = socketio.ASGIApp(sio)
''')
    t.mentioned(far.http('/socket.io/'), '--expect', 'welcome')
    t.unmentioned(far.http('/socket.io/'))


@case('app-room-not-joined', 'socket.io 4', healthy='the socket joins before the emit')
def _(t):
    def far(join):
        return t.sio(on=f"s.on('ask', (q, done) => {{ {join} io.to('answers').emit('token', 'a'); done && done(); }});").http('/socket.io/')
    ask = ('--emit', 'ask 1', '--expect', 'token')
    t.broken(far(''), *ask)
    t.healthy(far("s.join('answers');"), *ask)


STREAM = "s.on('ask', async (q, done) => { done && done(); for (let i = 0; i < 10; i++) { await new Promise(r => setTimeout(r, 100)); %s } });"


@case('eio-response-buffered', ours='a server that keeps the tokens', healthy='a stream, token by token')
def _(t):
    kept = t.sio(on='const kept = [];' + STREAM % "kept.push(i); if (i === 9) kept.forEach(k => s.emit('token', k));")
    t.broken(kept.http('/socket.io/'), '--emit', 'ask 1', '--stream', 'token')
    t.healthy(t.sio(on=STREAM % "s.emit('token', i);").http('/socket.io/'), '--emit', 'ask 1', '--stream', 'token')


@case('app-lost-during-reconnect', 'socket.io 4', healthy='several users at once, binary data, a cut and a return')
def _(t):
    t.mentioned(t.sio().http('/socket.io/'), '--reconnect')
    far = t.sio('connectionStateRecovery: {}')
    t.healthy(far.http('/socket.io/'), '--samples', '5', '--binary', 'echo', '--reconnect')


@case('app-emit-not-acked', 'python-socketio, uvicorn', healthy='the handler returns what is to be acknowledged', name='app-emit-not-acked-python')
def _(t):
    far = t.sio_asgi()
    t.broken(far.http('/socket.io/'), '--emit', 'nobody 1')
    t.healthy(far.http('/socket.io/'), '--emit', 'echo 1')
