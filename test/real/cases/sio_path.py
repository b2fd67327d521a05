"""Where the server is mounted, and what answers in its place."""
from lab.case import case


@case('sio-path-mismatch', 'socket.io 4', healthy='the path that the server has')
def _(t):
    bad = t.sio("path: '/api/socket.io/'")
    t.healthy(bad.http('/api/socket.io/'))
    t.broken(bad.http('/socket.io/'), '--dialect', 'socketio')
    t.fixed(bad, bad.http('/socket.io/'), '--dialect', 'socketio', edit=lambda s: f'const io = {s};')
    # nothing in this address says Socket.IO; that the Upgrade is given up after a second does
    t.broken(t.sio().http('/elsewhere/'))


@case('sio-path-mismatch', 'socket.io 4, express', healthy='the address of the page alone: it is found where it is', name='sio-path-found')
def _(t):
    far = t.node("""
const server = http.createServer(require('express')());
new (require('socket.io4').Server)(server, {path: '/ws/socket.io/'});
server.listen(port, host);
""")
    t.broken(far.http('/socket.io/'))
    t.healthy(far.http('/'))
    t.healthy(t.sio("path: '/api/socket.io/'").http('/'))


@case('sio-path-mismatch', 'engine.io', healthy='/engine.io/, where bare engine.io is', name='sio-path-mismatch-engineio')
def _(t):
    far = t.eio()
    t.broken(far.http('/socket.io/'), '--dialect', 'socketio')
    t.healthy(far.http('/engine.io/'))


@case('sio-path-mismatch', 'python-socketio, uvicorn', healthy='the path that the server has', name='sio-path-mismatch-python')
def _(t):
    far = t.sio_asgi(mount='api/socket.io')
    t.broken(far.http('/socket.io/'), '--dialect', 'socketio')
    t.healthy(far.http('/api/socket.io/'))


LISTEN = '''
const app = require('express')();
const server = http.createServer(app);
new (require('socket.io4').Server)(server);
%s.listen(port, host);
'''


@case('sio-app-listen-wrong-server', 'express, socket.io 4', healthy='server.listen()')
def _(t):
    bad = t.node('// was begin\n' + LISTEN % 'app' + '// was end\n// fix here')
    t.broken(bad.http('/socket.io/'))
    t.fixed(bad, bad.http('/socket.io/'), edit=lambda s: "const app = require('express')(), { Server } = require('socket.io4');\n" + s.replace('3000', 'port, host'))
    t.healthy(t.node(LISTEN % 'server').http('/socket.io/'))


@case('http-proxy-path-stripped', 'nginx, socket.io 4', healthy='proxy_pass without a URI', name='sio-path-stripped')
def _(t):
    far = t.sio()
    text = f'''
location /socket.io/ {{
    proxy_pass http://{far.at}%s;
    {t.HEADERS}
}}'''
    t.broken(t.nginx(text % '/').http('/socket.io/'), '--direct', far.http('/socket.io/'))
    t.healthy(t.nginx(text % '').http('/socket.io/'), '--direct', far.http('/socket.io/'))


@case('http-spa-fallback-200', 'nginx, socket.io 4', healthy='a location of its own for /socket.io/', name='sio-spa-fallback')
def _(t):
    far = t.sio()
    page = '''
root @DIR@;
location / { default_type text/html; return 200 "<!doctype html><html><body><div id=app></div></body></html>"; }
'''
    t.broken(t.nginx(page).http('/socket.io/'), '--dialect', 'socketio')
    t.healthy(t.nginx(page + t.proxied(far).replace('location /', 'location /socket.io/')).http('/socket.io/'))


@case('sio-client-to-plain-ws', 'ws', healthy='the same server, checked as what it is')
def _(t):
    far = t.echo()
    t.broken(far.http('/'), '--dialect', 'socketio')
    t.healthy(far.ws())


@case('sio-path-mismatch', 'node, socket.io 4', healthy='the path that the server has', name='sio-no-request-listener')
def _(t):
    # Without a request listener, a GET on another path is never answered.
    far = t.node("""
const server = http.createServer();
new (require('socket.io4').Server)(server);
server.listen(port, host);
""")
    t.broken(far.http('/wrong/'), '--dialect', 'socketio')
    t.healthy(far.http('/socket.io/'))
