"""MQTT, STOMP, Action Cable, Phoenix channels, SockJS: what stands above the WebSocket, and who is let in by it."""
import json
import os
import subprocess

from lab.case import case, healthy_case
from lab.parts import HERE, program
from lab.process import Failed

MQTT = ('--dialect', 'mqtt')
STOMP = ('--dialect', 'stomp')
CABLE = ('--dialect', 'actioncable')
SOCKJS = ('--dialect', 'sockjs')


def npm(source, **env):
    """Runs a client of npm's; it must end by itself, well."""
    text = f'(async () => {{\n{source}\n}})().then(() => process.exit(0), e => {{ console.error(e); process.exit(1); }});\n'
    p = subprocess.run([program('node'), '-e', text], capture_output=True, text=True, timeout=20, stdin=subprocess.DEVNULL,
        env={**os.environ, 'NODE_PATH': os.path.join(HERE, 'node_modules'), 'NODE_NO_WARNINGS': '1', **env})
    if p.returncode:
        raise Failed(f'the client failed: {p.stderr[-2000:]}')


def aedes(t, options='', **where):
    """The broker aedes behind `ws`."""
    return t.node(f'''
const aedes = require('aedes')({{ {options} }});
const wss = new WebSocketServer({{ host, port, path: '/mqtt', handleProtocols: p => p.has('mqtt') && 'mqtt' }});
wss.on('connection', s => aedes.handle(ws.createWebSocketStream(s)));
''', **where)


def stomp(t, more='', heartbeat='[0, 0]'):
    """stomp-broker-js at /stomp. `more`: what is done with `broker`."""
    return t.node(f'''
const server = http.createServer();
const broker = new (require('stomp-broker-js'))({{ server, path: '/stomp', heartbeat: {heartbeat} }});
broker.on('error', () => {{}});
{more}
server.listen(port, host);
''')


def sockjs(t, options='', prefix='/chat'):
    return t.node(f'''
const server = http.createServer((q, r) => {{ r.writeHead(404); r.end('nothing here'); }});
const echo = require('sockjs').createServer({{ log: () => {{}}, {options} }});
echo.on('connection', c => c.on('data', d => c.write(d)));
echo.installHandlers(server, {{ prefix: '{prefix}' }});
server.listen(port, host);
''')


def phoenix(t, **env):
    where = {'HOST': '127.0.0.1', **env}
    return t.node('for (const [k, v] of Object.entries(%s)) process.env[k] = v;\nrequire(%s);' % (
        json.dumps(where), json.dumps(os.path.join(HERE, 'far', 'phoenix.js'))))


# --- MQTT ---------------------------------------------------------------------------------------------------------------------

@case('mqtt-not-authorised', 'mosquitto', healthy='with the login; a broker that wants none')
def _(t):
    far = t.mosquitto('allow_anonymous false', users=[('user', 'secret')])
    t.broken(far.ws('/mqtt'))
    t.broken(f'ws://user:wrong@{far.at}/mqtt')
    t.broken(f'ws://user:wrong@{far.at}/', *MQTT, '--mqtt-version', '5')
    t.healthy(f'ws://user:secret@{far.at}/mqtt')
    t.healthy(t.mosquitto().ws('/mqtt'))


@case('mqtt-version-refused', 'aedes', healthy='the version that the broker speaks; a broker that speaks both')
def _(t):
    far = aedes(t)
    t.broken(far.ws('/mqtt'), '--mqtt-version', '5')
    t.healthy(far.ws('/mqtt'))
    both = t.mosquitto()
    for version in ('3.1', '3.1.1', '5'):
        t.healthy(both.ws(), '--mqtt-version', version)


@case('mqtt-port-not-websocket', 'mosquitto', healthy='the WebSocket listener of the same broker')
def _(t):
    raw = t.mosquitto(listener='')
    t.broken(raw.ws(), *MQTT)
    t.broken(raw.ws('/mqtt'))
    t.broken(t.mosquitto('allow_anonymous false', listener='').ws(), '--subprotocol', 'mqtt')
    t.healthy(t.mosquitto().ws(), *MQTT)


@case('mqtt-path-mismatch', 'aedes', healthy='the path; a broker that takes any')
def _(t):
    far = aedes(t)
    t.broken(far.ws(), *MQTT)
    t.broken(far.ws('/ws'), *MQTT)
    t.healthy(far.ws('/mqtt'))
    t.healthy(t.mosquitto().ws(), *MQTT)


@case('upg-subprotocol-required', 'mosquitto, ws', healthy='a broker that does not ask for it', name='upg-subprotocol-required-mqtt')
def _(t):
    # A bridge as brokers are put behind: nothing but mqtt gets through the handshake.
    far = t.node('''
const aedes = require('aedes')();
const wss = new WebSocketServer({ host, port, verifyClient: (i, done) =>
    done((i.req.headers['sec-websocket-protocol'] || '').split(/, */).includes('mqtt'), 400) });
wss.on('connection', s => aedes.handle(ws.createWebSocketStream(s)));
''')
    t.broken(far.ws())
    t.healthy(far.ws(), *MQTT)
    t.healthy(t.mosquitto().ws())


@case('upg-headers-stripped', 'nginx, aedes', healthy='the lines are there', name='upg-headers-stripped-mqtt')
def _(t):
    far = aedes(t)
    bad = t.nginx(f'location / {{ proxy_pass http://{far.at}; }}')
    t.broken(bad.ws('/mqtt'), '--direct', far.ws('/mqtt'))
    t.healthy(t.nginx(t.proxied(far)).ws('/mqtt'))


@case('idle-nginx-read-timeout', 'nginx, mosquitto', healthy='a longer timeout; the broker itself, held silent', name='idle-nginx-read-timeout-mqtt')
def _(t):
    far = t.mosquitto()
    cut = t.nginx(t.proxied(far, 'proxy_read_timeout 1500ms;'))
    t.broken(cut.ws('/mqtt'), '--idle', '3s')
    t.healthy(t.nginx(t.proxied(far, 'proxy_read_timeout 20s;')).ws('/mqtt'), '--idle', '3s')
    t.healthy(far.ws('/mqtt'), '--idle', '3s')


@case('hello-unanswered', 'ws', healthy='a broker')
def _(t):
    # A plain server that takes any subprotocol and never answers.
    far = t.node("new WebSocketServer({ host, port }).on('connection', s => s.on('message', () => {}));")
    t.broken(far.ws('/mqtt'))
    t.broken(far.ws(), *STOMP)
    t.healthy(far.ws())
    t.healthy(aedes(t).ws('/mqtt'))


@case('hello-wrong-protocol', 'ws', healthy='a broker; the same server as plain WebSocket')
def _(t):
    # MQTT against something that echoes.
    far = t.echo()
    t.broken(far.ws('/mqtt'), *MQTT)
    t.broken(far.ws(), *STOMP)
    t.mentioned(far.ws('/mqtt'))
    t.healthy(far.ws('/mqtt'), '--dialect', 'websocket')
    t.healthy(t.mosquitto().ws('/mqtt'))


@case('hello-closed', 'ws', healthy='a broker that takes the hello')
def _(t):
    far = t.node("new WebSocketServer({ host, port }).on('connection', s => s.on('message', () => s.close(1003)));")
    t.broken(far.ws('/mqtt'))
    t.healthy(far.ws())
    t.healthy(aedes(t).ws('/mqtt'))


@healthy_case('mqtt-clients', 'mosquitto, aedes, mqtt')
def _(t):
    """The far ends serve the client that users have."""
    for far in (t.mosquitto(), aedes(t)):
        t.healthy(far.ws('/mqtt'))
        npm('const c = await require("mqtt").connectAsync(process.env.URL, { reconnectPeriod: 0 }); await c.endAsync();', URL=far.ws('/mqtt'))


# --- STOMP --------------------------------------------------------------------------------------------------------------------

REFUSE = '''
broker.addMiddleware('connect', (s, a, next) => {
    if (a.headers.login === 'user' && a.headers.passcode === 'secret')
        return next();
    s.send('ERROR\\nmessage:Bad CONNECT\\ncontent-type:text/plain\\n\\nAccess refused for user\\n\\0');
    setTimeout(() => s.close(), 20);
    throw new Error('refused');
});
process.on('uncaughtException', () => {});
'''


@case('stomp-not-authorised', 'stomp-broker-js', healthy='with the login; a broker that wants none')
def _(t):
    far = stomp(t, REFUSE)
    t.broken(far.ws('/stomp'))
    t.broken(f'ws://user:wrong@{far.at}/stomp')
    t.healthy(f'ws://user:secret@{far.at}/stomp')
    t.healthy(stomp(t).ws('/stomp'))


@case('stomp-error', 'stomp-broker-js', healthy='a broker that takes everybody')
def _(t):
    far = stomp(t, "broker.addMiddleware('connect', () => false);")
    t.broken(far.ws('/stomp'))
    t.healthy(stomp(t).ws('/stomp'))


@case('stomp-path-mismatch', 'sockjs', healthy='the path of the broker')
def _(t):
    # As with Spring's withSockJS(): STOMP inside SockJS, plain WebSocket under /websocket.
    far = t.node('''
const server = http.createServer((q, r) => { r.writeHead(404); r.end('nothing here'); });
const echo = require('sockjs').createServer({ log: () => {} });
echo.on('connection', c => c.on('data', d => d.startsWith('CONNECT\\n') && c.write('CONNECTED\\nversion:1.2\\n\\n\\0')));
echo.installHandlers(server, { prefix: '/ws' });
server.listen(port, host);
''')
    t.broken(far.ws('/ws'), *STOMP)
    t.healthy(stomp(t).ws('/stomp'))


@case('idle-nginx-read-timeout', 'nginx, stomp-broker-js', healthy='a longer timeout', name='idle-nginx-read-timeout-stomp')
def _(t):
    far = stomp(t)
    t.broken(t.nginx(t.proxied(far, 'proxy_read_timeout 1500ms;')).ws('/stomp'), '--idle', '3s')
    t.healthy(t.nginx(t.proxied(far, 'proxy_read_timeout 20s;')).ws('/stomp'), '--idle', '3s')


@healthy_case('stomp-client', 'stomp-broker-js, @stomp/stompjs')
def _(t):
    far = stomp(t, heartbeat='[10000, 10000]')
    t.healthy(far.ws('/stomp'))
    npm('''
globalThis.WebSocket = require('ws');
const { Client } = require('@stomp/stompjs');
await new Promise((yes, no) => {
    const c = new Client({ brokerURL: process.env.URL, onConnect: () => c.deactivate().then(yes), onStompError: no, onWebSocketError: no });
    c.activate();
});
''', URL=far.ws('/stomp'))


# --- Action Cable -------------------------------------------------------------------------------------------------------------

@case('actioncable-unauthorized', 'Action Cable 6.1', healthy='with the token; a connection that takes everybody')
def _(t):
    far = t.rails("request.params['token']")
    t.broken(far.ws('/cable'))
    t.healthy(far.ws('/cable?token=1'))
    t.healthy(t.rails().ws('/cable'))


@case('actioncable-path-mismatch', 'Action Cable 6.1', healthy='the path')
def _(t):
    far = t.rails()
    t.broken(far.ws('/websocket'), *CABLE)
    t.broken(far.ws(), *CABLE)
    t.healthy(far.ws('/cable'))


@case('origin-rejected-actioncable-404', 'Action Cable 6.1', healthy='an origin that is listed')
def _(t):
    page = ('--origin', 'https://app.example.com')
    far = t.rails(options='# fix here')
    t.broken(far.ws('/cable'), *page)
    t.fixed(far, far.ws('/cable'), *page, stack='rails')
    t.healthy(far.ws('/cable'))


@case('idle-nginx-read-timeout', 'nginx, Action Cable 6.1', healthy='the pings of Action Cable keep it alive', name='idle-nginx-read-timeout-actioncable')
def _(t):
    far = t.rails()
    host = 'proxy_set_header Host $http_host;'  # Action Cable compares it with the Origin
    t.broken(t.nginx(t.proxied(far, host + 'proxy_read_timeout 1500ms;')).ws('/cable'), '--idle', '4s')
    t.healthy(t.nginx(t.proxied(far, host + 'proxy_read_timeout 5s;')).ws('/cable'), '--idle', '7s')
    t.without(t.nginx(t.proxied(far)).ws('/cable'), '--idle', '2s')


@healthy_case('actioncable-client', 'Action Cable 6.1, @rails/actioncable')
def _(t):
    far = t.rails()
    t.healthy(far.ws('/cable'))
    npm('''
const Socket = require('ws');
globalThis.self = globalThis.window = globalThis;
globalThis.addEventListener = globalThis.removeEventListener = () => {};
globalThis.document = { visibilityState: 'visible', addEventListener() {}, removeEventListener() {} };
const esm = require.resolve('@rails/actioncable').replace(/[^/]*$/, 'actioncable.esm.js');
// node 18 takes a .js file for CommonJS
const cable = await import('data:text/javascript;base64,' + require('fs').readFileSync(esm, 'base64'));
cable.adapters.WebSocket = class extends Socket { constructor(u, p) { super(u, p, { origin: process.env.ORIGIN }); } };
const consumer = cable.createConsumer(process.env.URL);
await new Promise((yes, no) => {
    const heard = consumer.connection.monitor.recordConnect.bind(consumer.connection.monitor);
    consumer.connection.monitor.recordConnect = () => { heard(); yes(); }; // it was welcomed
    setTimeout(() => no(new Error('no welcome')), 8000);
    consumer.connect();
});
consumer.disconnect();
''', URL=far.ws('/cable'), ORIGIN=f'http://{far.at}')


# --- Phoenix ------------------------------------------------------------------------------------------------------------------

@case('phoenix-path-mismatch', ours='an endpoint of ours that phoenix.js connects to', healthy='with /websocket')
def _(t):
    far = phoenix(t)
    t.broken(far.ws('/socket?vsn=2.0.0'))
    t.broken(far.ws('/socket'), '--dialect', 'phoenix')
    t.healthy(far.ws('/socket/websocket?vsn=2.0.0'))
    t.healthy(far.ws('/socket/websocket'))


@case('phoenix-vsn-mismatch', ours='an endpoint of ours that phoenix.js connects to', healthy='both serializers')
def _(t):
    t.broken(phoenix(t, SERIALIZERS='1').ws('/socket/websocket?vsn=2.0.0'))
    t.broken(phoenix(t, SERIALIZERS='2').ws('/socket/websocket?vsn=1.0.0'))
    far = phoenix(t)
    t.healthy(far.ws('/socket/websocket?vsn=1.0.0'))
    t.healthy(far.ws('/socket/websocket?vsn=2.0.0'))


@case('idle-server-close', ours='an endpoint of ours that phoenix.js connects to', healthy='heartbeats in time', name='idle-server-close-phoenix')
def _(t):
    t.mentioned(phoenix(t, IDLE='1500').ws('/socket/websocket?vsn=2.0.0'), '--idle', '3s')
    t.unmentioned(phoenix(t).ws('/socket/websocket?vsn=2.0.0'), '--idle', '3s')


@healthy_case('phoenix-client', 'phoenix')
def _(t):
    far = phoenix(t)
    t.healthy(far.ws('/socket/websocket'))
    npm('''
globalThis.WebSocket = require('ws');
const { Socket } = require('phoenix');
const s = new Socket(process.env.URL, { transport: globalThis.WebSocket, heartbeatIntervalMs: 200 });
s.connect();
const room = s.channel('room:1');
await new Promise((yes, no) => room.join().receive('ok', yes).receive('error', no).receive('timeout', no));
await new Promise(yes => s.ping(yes));
s.disconnect();
''', URL=far.ws('/socket'))


# --- SockJS -------------------------------------------------------------------------------------------------------------------

CLIENT = '''
const SockJS = require('sockjs-client');
await new Promise((yes, no) => {
    const s = new SockJS(process.env.URL);
    s.onopen = () => s.send('hi');
    s.onmessage = () => { if (s.transport !== process.env.TRANSPORT) no(new Error(s.transport)); s.close(); };
    s.onclose = e => e.code === 1000 ? yes() : no(new Error(e.reason));
});
'''


@case('upg-headers-stripped', 'nginx, sockjs', healthy='the lines are there', name='upg-headers-stripped-sockjs')
def _(t):
    far = sockjs(t, prefix='/ws')
    bad = t.nginx(f'''
# was begin
location /ws {{
    proxy_pass http://{far.at};
}}
# was end
# fix here
''')
    npm(CLIENT, URL=bad.http('/ws'), TRANSPORT='xhr-polling')
    t.broken(bad.http('/ws'), *SOCKJS, severity='warning')
    t.fixed(bad, bad.http('/ws'), *SOCKJS, far=far)
    npm(CLIENT, URL=bad.http('/ws'), TRANSPORT='websocket')


@case('sockjs-plain-client', 'sockjs', healthy='the raw WebSocket; an address for sockjs-client')
def _(t):
    far = sockjs(t)
    t.broken(far.ws('/chat'))
    t.healthy(far.ws('/chat/websocket'))
    t.healthy(far.http('/chat'), *SOCKJS)
    t.mentioned(far.http('/chat'))


@case('sockjs-websocket-off', 'sockjs', healthy='WebSocket is on')
def _(t):
    t.mentioned(sockjs(t, 'websocket: false').http('/chat'), *SOCKJS)
    t.unmentioned(sockjs(t).http('/chat'), *SOCKJS)


@case('sockjs-not-mounted', 'sockjs', healthy='the prefix')
def _(t):
    far = sockjs(t)
    t.broken(far.http('/talk'), *SOCKJS)
    t.healthy(far.http('/chat'), *SOCKJS)
    t.healthy(far.ws('/chat/000/abcdefgh/websocket'))


@healthy_case('sockjs-client', 'sockjs, sockjs-client')
def _(t):
    far = sockjs(t)
    t.healthy(far.http('/chat'), *SOCKJS)
    npm(CLIENT, URL=far.http('/chat'), TRANSPORT='websocket')


# --- Django Channels ----------------------------------------------------------------------------------------------------------

ROUTED = "ProtocolTypeRouter({'http': get_asgi_application(), 'websocket': URLRouter([path('ws/chat/', Echo.as_asgi())])})"


@case('django-no-route', 'Django, Channels 4, daphne', healthy='the path of the route')
def _(t):
    far = t.daphne(ROUTED)
    t.broken(far.ws('/ws/chat'))
    t.broken(far.ws('/chat/'))
    t.healthy(far.ws('/ws/chat/'))
    t.healthy(t.daphne(ROUTED.replace("path('ws/chat/'", "re_path(r'^ws/chat/?$'")).ws('/ws/chat'))


@case('django-asgi-no-websocket-router', 'Django, Channels 4, daphne', healthy='a router with an entry for websocket')
def _(t):
    t.suspected(t.daphne('get_asgi_application()').ws('/ws/chat/'))
    t.suspected(t.daphne("ProtocolTypeRouter({'http': get_asgi_application()})").ws('/ws/chat/'))
    t.healthy(t.daphne(ROUTED).ws('/ws/chat/'))


@case('django-wsgi-not-asgi', 'Django', healthy='an ASGI server')
def _(t):
    far = t.python(t.DJANGO + '''
from wsgiref.simple_server import make_server
make_server(host, port, get_wsgi_application()).serve_forever()
''')
    t.broken(far.ws('/ws/chat/'))
    t.healthy(t.daphne(ROUTED).ws('/ws/chat/'))
