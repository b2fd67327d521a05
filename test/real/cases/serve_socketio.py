"""The Socket.IO that `wsdx serve` speaks, with the clients that users have."""
import os
import subprocess
import time

from lab.case import healthy_case
from lab.parts import HERE, SYSTEM_PYTHON, program
from lab.process import Failed

WAYS = ('polling', 'upgrade', 'websocket')
CLIENT = os.path.join(HERE, 'far', 'sio_client')
ROOMS = os.path.join(HERE, 'far', 'sio_rooms.js')
ENV = {'NODE_PATH': os.path.join(HERE, 'node_modules'), 'NODE_NO_WARNINGS': '1'}
PATIENCE = 40


def serve(t, *options):
    return t._part('wsdx', [t.wsdx, 'serve', '--listen', '@LISTEN@', *options], '', 'none')


def start(argv):
    return subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True,
        env={**os.environ, **ENV})


def node(generation, part, way, *more):
    return [program('node'), CLIENT + '.js', str(generation), part.http().rstrip('/'), way, *more]


def done(name, client):
    try:
        said, _ = client.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        client.kill()
        said, _ = client.communicate()
        raise Failed(f'{name} did not end\n{said}') from None
    if client.returncode or 'done' not in said.splitlines():
        raise Failed(f'{name}: {client.returncode}\n{said[-3000:]}')


def all_ways(t, part, generation):
    """One after the other: a message goes through them all in order, and the machine may be small."""
    for way in WAYS:
        done(f'socket.io-client {generation}, {way}', start(node(generation, part, way)))


@healthy_case('serve-socketio', 'socket.io-client 2, 3 and 4 by polling, by upgrade, by WebSocket: namespaces, acks, binary')
def _(t):
    far = serve(t)
    for generation in (2, 3, 4):
        all_ways(t, far, generation)


@healthy_case('serve-socketio-nginx', 'the same behind nginx, which keeps connections to the server')
def _(t):
    far = serve(t)
    front = t.nginx(t.proxied(far, 'client_max_body_size 2m;').replace(far.at, 'app').replace('$connection_upgrade', '$kept'),
        http=f"upstream app {{ server {far.at}; keepalive 8; }}\nmap $http_upgrade $kept {{ default upgrade; '' ''; }}")
    all_ways(t, front, 4)
    all_ways(t, front, 2)
    t.healthy(front.http('/socket.io/'))


@healthy_case('serve-socketio-python', 'python-socketio 5 (aiohttp) by polling, by upgrade, by WebSocket')
def _(t):
    far = serve(t)
    for way in WAYS:
        done(f'python-socketio, {way}', start([SYSTEM_PYTHON, CLIENT + '.py', far.http().rstrip('/'), way]))


@healthy_case('serve-socketio-restart', 'socket.io-client 2 and 4 come back after the server did')
def _(t):
    far = serve(t)
    clients = [(f'{generation} {way}', start(node(generation, far, way, 'stay'))) for generation in (2, 4) for way in WAYS]
    for name, client in clients:
        first = client.stdout.readline().strip()
        if first != 'connected':
            raise Failed(f'{name}: {first}')
    far.configure(far.text)
    for name, client in clients:
        done(name, client)


@healthy_case('serve-socketio-heartbeat', 'socket.io-client 2, 3 and 4 stay through heartbeats of a short interval')
def _(t):
    far = serve(t, '--ping-interval', '200ms', '--ping-timeout', '2s')
    client = t.node(f'''
const open = [2, 3, 4].flatMap(n => ['polling', 'websocket'].map(way =>
    require(`socket.io-client${{n}}`)('http://{far.at}', {{ transports: [way], reconnection: false }})));
for (const s of open) s.on('disconnect', why => console.log('lost', why));
setTimeout(() => console.log(open.every(s => s.connected) ? 'still connected' : 'gone'), 3000);
http.createServer((q, r) => r.end()).listen(port, host);
''')
    deadline = time.monotonic() + 15
    while 'still connected' not in client.log():
        if 'gone' in client.log() or 'lost' in client.log() or time.monotonic() > deadline:
            raise Failed(client.log())
        time.sleep(0.05)


@healthy_case('serve-socketio-check', 'wsdx check: polling, upgrade, namespace, ack, binary, reconnect, samples, both versions')
def _(t):
    url = serve(t).http('/socket.io/')
    t.healthy(url, '--namespace', '/custom', '--emit', '["message-with-ack",1,{"a":2}]', '--reconnect', '--samples', '3')
    t.healthy(url, '--eio', '3', '--emit', '["anything"]')
    t.healthy(url, '--binary', 'message')
    t.healthy(serve(t, '--tls-generate').https('/socket.io/'), '-k')


@healthy_case('serve-engineio', 'engine.io-client 3 and 6 by polling, by upgrade, by WebSocket; wsdx check')
def _(t):
    far = serve(t)
    client = t.node(f'''
const of = n => require(require.resolve('engine.io-client', {{ paths: [require.resolve('socket.io-client' + n)] }})).Socket;
const ways = [['polling'], ['polling', 'websocket'], ['websocket']].flatMap(w => [[w, of(2)], [w, of(4)]]);
const all = ways.map(([transports, Socket]) => new Promise((done, fail) => {{
    const s = new Socket('ws://{far.at}', {{ transports }}), heard = [];
    s.on('open', () => {{ s.send('é'); s.send(Buffer.from([1, 255])); }});
    s.on('message', m => heard.push(Buffer.from(m).toString('hex')) === 2 && done(heard.join()));
    s.on('close', fail);
}}));
Promise.all(all).then(v => console.log(v.every(h => h === 'c3a9,01ff') ? 'all came back' : v), e => console.log('failed', e));
http.createServer((q, r) => r.end()).listen(port, host);
''')
    deadline = time.monotonic() + 15
    while 'all came back' not in client.log():
        if 'failed' in client.log() or time.monotonic() > deadline:
            raise Failed(client.log())
        time.sleep(0.05)
    t.healthy(far.http('/engine.io/'))


@healthy_case('serve-socketio-rooms', 'socket.io-client 2, 3 and 4 in rooms: join, leave, to a room, to all but oneself, binary')
def _(t):
    done('rooms', start([program('node'), ROOMS, serve(t).http().rstrip('/'), 'rooms']))


@healthy_case('serve-socketio-recovery', 'socket.io-client 4 comes back to its session, its rooms and what it missed, and not too late')
def _(t):
    done('recovery', start([program('node'), ROOMS, serve(t, '--recovery', '1s').http().rstrip('/'), 'recovery']))
