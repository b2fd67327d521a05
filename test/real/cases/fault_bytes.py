"""The faults of `wsdx serve` beside the programs that they are taken from: the same request, the same bytes back, but for
dates, versions, ids and lengths, and the same end of the stream."""
import base64
import hashlib
import re
import socket
import struct
import time

from lab.case import Wrong, case
from lab.process import free_port

KEY = base64.b64encode(b'0123456789abcdef').decode()
ACCEPT = base64.b64encode(hashlib.sha1((KEY + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11').encode()).digest()).decode()
QUIET = 0.5  # seconds without a byte after which a stream is taken for one that stays open

VARYING = [
    (r'(?i)^(date|last-modified|etag):.*$', r'\1: *'), (r'(?i)^(content-length): \d+$', r'\1: *'),
    (r'nginx/[\d.]+', 'nginx/*'), (r'Apache/[\d.]+', 'Apache/*'), (r' OpenSSL/[\d.]+', ''), (r'Python/[\d.]+ websockets/[\d.]+', 'Python/* websockets/*'),
    (r'at (127\.0\.0\.1|localhost) Port \d+', 'at * Port *'), (re.escape(ACCEPT), '<accept>'), (r'127\.0\.0\.1:\d+', '<host>'), (r'proxy\.test:\d+', 'proxy.test:*')]


def get(path='/', *more, upgrade=True, method='GET', version='1.1', key=KEY, ws=13, body='', host=True):
    """The bytes of a request."""
    lines = [f'{method} {path} HTTP/{version}'] + ([f'Host: 127.0.0.1'] if host else [])
    if upgrade:
        lines += ['Upgrade: websocket', 'Connection: Upgrade', f'Sec-WebSocket-Key: {key}', f'Sec-WebSocket-Version: {ws}']
    if body:
        lines += ['Content-Type: text/plain;charset=UTF-8', f'Content-Length: {len(body)}']
    return ('\r\n'.join([*lines, *more]) + '\r\n\r\n' + body).encode()


def frame(opcode, payload, mask=True):
    n = len(payload)
    head = bytes([0x80 | opcode]) + (bytes([(0x80 if mask else 0) | n]) if n < 126 else
        bytes([(0x80 if mask else 0) | 126]) + struct.pack('>H', n) if n < 65536 else
        bytes([(0x80 if mask else 0) | 127]) + struct.pack('>Q', n))
    return head + (b'\0\0\0\0' if mask else b'') + payload


def ask(part, request, then=b'', patience=4.0):
    """(what came, how the stream ended, seconds until the first byte or the end)."""
    with socket.create_connection(('127.0.0.1', part.port), timeout=patience) as s:
        began, got, took = time.monotonic(), b'', None
        s.sendall(request)
        s.settimeout(patience)
        while True:
            try:
                data = s.recv(65536)
            except TimeoutError:
                return got, 'open', took
            except ConnectionResetError:
                return got, 'reset', took or time.monotonic() - began
            took = took or time.monotonic() - began
            if not data:
                return got, 'closed', took
            got += data
            s.settimeout(QUIET)
            if then and b'\r\n\r\n' in got:
                s.sendall(then)
                then = b''


def plain(got):
    head, _, rest = got.partition(b'\r\n\r\n')
    body = rest.decode('latin-1')
    if re.search(rb'(?i)^transfer-encoding: chunked', head, re.M):
        body = re.sub(r'(?i)[0-9a-f]+\r\n', '', body)
    text = head.decode('latin-1').replace('\r\n', '\n') + '\n\n' + body.replace('\r\n', '\n')
    for what, by in VARYING:
        text = re.sub(what, by, text, flags=re.M)
    return text


def same(t, part, fault, request=None, at='/', then=b'', where='', head_only=False, **how):
    """`request`: makes the bytes for a path; `at`: the program's path, `where`: the fault's below its own."""
    if not hasattr(t, 'faults'):
        t.faults = t.serve('--faults')
    make = request or get
    ours_at = f'/fault/{fault.split("?")[0]}{where}' + ('?' + fault.split('?', 1)[1] if '?' in fault else '')
    if '?' in at:
        ours_at += ('&' if '?' in fault else '?') + at.split('?', 1)[1]
    real, ours = ask(part, make(at, **how), then), ask(t.faults, make(ours_at, **how), then)
    a, b = plain(real[0]), plain(ours[0])
    if head_only:
        a, b = a.partition('\n\n')[0], b.partition('\n\n')[0]
    if (a, real[1]) != (b, ours[1]) or abs((real[2] or 0) - (ours[2] or 0)) > 0.5:
        raise Wrong(f'{fault}\n--- {part.kind}, {real[1]} after {real[2]}\n{a}\n--- wsdx serve, {ours[1]} after {ours[2]}\n{b}')


def bytes_case(name, real):
    return case('', real, name='fault-bytes-' + name)


@bytes_case('nginx', 'nginx: gateways, limits, sizes, redirects, login, TLS port')
def _(t):
    silent = t.node('net.createServer(s => { s.on("data", () => {}); s.on("error", () => {}); }).listen(port, host);')
    front = t.nginx(f'''
client_max_body_size 1000;
large_client_header_buffers 2 1k;
location / {{ proxy_pass http://127.0.0.1:{free_port()}; }}
location /silent {{ proxy_pass http://{silent.at}; proxy_read_timeout 1s; }}
location /login {{ auth_basic "restricted"; auth_basic_user_file /dev/null; }}
location /429 {{ return 429; }}
location /500 {{ return 500; }}
location /503 {{ return 503; }}
location /404 {{ return 404; }}
location /301 {{ return 301 https://elsewhere.example/; }}
location /302 {{ return 302 https://elsewhere.example/; }}
location /307 {{ return 307 https://elsewhere.example/; }}
location /308 {{ return 308 https://elsewhere.example/; }}
''')
    same(t, front, 'proxy-upstream-refused-502')
    same(t, front, 'proxy-upstream-silent-504?after=1s', at='/silent')
    same(t, front, 'http-rate-limited', at='/429')
    same(t, front, 'limit-nginx-worker-connections', at='/500')
    same(t, front, 'proxy-nginx-limit-conn', at='/503')
    same(t, front, 'http-app-cold-start', at='/503')
    same(t, front, 'http-auth-proxy-401', at='/login')
    same(t, front, 'http-default-vhost', at='/404', where='/ws')
    for code in (301, 302, 307, 308):
        same(t, front, f'http-redirect-on-upgrade?code={code}&to=https://elsewhere.example/', at=f'/{code}')
    same(t, front, 'http-header-too-large?limit=1000', lambda path: get(path, 'X-Long: ' + 'x' * 2000))
    same(t, front, 'http-url-too-long?limit=1000', lambda path: get(path + ('&' if '?' in path else '?') + 'x' * 2000))
    same(t, front, 'http-body-too-large-proxy?limit=1000', at='/socket.io/?EIO=4&transport=polling', where='/socket.io/', upgrade=False,
        method='POST', body='4' * 2000)
    pages = t.nginx('root @DIR@; location / { try_files $uri /index.html; }')
    body = plain(ask(t.faults, get('/fault/http-spa-fallback-200/ws'))[0]).partition('\n\n')[2]
    with open(pages.process.folder + '/index.html', 'w') as f:
        f.write(body)
    same(t, pages, 'http-spa-fallback-200', at='/ws', where='/ws')
    secure = t.nginx('location / { return 204; }', tls=t.certs.leaf())
    same(t, secure, 'tls-ws-to-tls-port')


@bytes_case('haproxy', 'haproxy: no server, a full queue')
def _(t):
    front = t.haproxy(f'listen lab\n    bind @LISTEN@\n    server one 127.0.0.1:{free_port()} check inter 100ms fall 1 rise 1\n')
    for _ in range(30):
        if b'503' in ask(front, get())[0]:
            break
        time.sleep(0.1)
    same(t, front, 'proxy-no-healthy-backend-503')
    full = t.haproxy(f'listen lab\n    bind @LISTEN@\n    timeout queue 1s\n    server app {t.echo().at} check maxconn 1\n')
    t.hold(full, count=1)
    same(t, full, 'limit-haproxy-maxconn?after=1s')


@bytes_case('apache', 'apache: the backend has no name, or TLS of its own kind; no upgrade=websocket')
def _(t):
    front = t.apache(f'''
ServerSignature On
ProxyPass /name http://backend.invalid/
SSLProxyEngine on
ProxyPass /tls https://{t.echo().at}/
ProxyPass /plain http://{t.echo().at}/
''', modules=('ssl',))
    same(t, front, 'proxy-upstream-dns', at='/name')
    same(t, front, 'proxy-upstream-tls', at='/tls')
    same(t, front, 'proxy-apache-wstunnel-missing', at='/plain')


@bytes_case('ws', 'ws: refusals, closes, a second server on the same port')
def _(t):
    far = t.node('''
const a = http.createServer();
new WebSocketServer({ server: a, path: '/ws', perMessageDeflate: true });
a.listen(port, host);
''')
    same(t, far, 'ws-path-mismatch', at='/elsewhere')
    same(t, far, 'upg-bad-version', at='/ws', ws=12)
    same(t, far, 'upg-invalid-key', at='/ws', key='test')
    same(t, far, 'upg-subprotocol-refused', lambda path: get(path, 'Sec-WebSocket-Protocol: a,,b'), at='/ws')
    same(t, far, 'ext-invalid-params', lambda path: get(path, 'Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=99'), at='/ws')
    far = t.echo("maxPayload: 1000")
    same(t, far, 'upg-headers-stripped', upgrade=False)
    same(t, far, 'frame-message-too-big?limit=1000', then=frame(2, b'x' * 2000))
    same(t, far, 'frame-client-unmasked', then=frame(1, b'hello', mask=False))
    far = t.echo("verifyClient: () => false")
    same(t, far, 'auth-handshake-401')
    far = t.echo('', "s.close(4401, 'Unauthorized');")
    same(t, far, 'auth-close-after-accept')
    far = t.echo('', 's.close(1011);')
    same(t, far, 'frame-closed-at-once?code=1011')
    far = t.node('''
const a = http.createServer();
new WebSocketServer({ server: a, path: '/ws' });
new WebSocketServer({ server: a, path: '/other' });
a.listen(port, host);
''')
    same(t, far, 'ws-two-servers-one-http', at='/ws')


@bytes_case('graphql', 'graphql-ws: 4406')
def _(t):
    same(t, t.graphql(), 'gql-subprotocol-mismatch', lambda path: get(path, 'Sec-WebSocket-Protocol: graphql-ws'), at='/graphql')


POLL = '/socket.io/?EIO=4&transport=polling'
SOCKET = '/socket.io/?EIO=4&transport=websocket'


@bytes_case('engineio', 'socket.io 4: sessions, transports, versions, refusals, sizes, paths')
def _(t):
    def both(far, fault, polling=POLL, websocket=SOCKET, **how):
        if polling:
            same(t, far, fault, at=polling, where='/socket.io/', upgrade=False, **how)
        if websocket:
            same(t, far, fault, at=websocket, where='/socket.io/', **how)
    far = t.sio()
    both(far, 'sticky-missing?rate=100', POLL + '&sid=abcdefghij0123456789', SOCKET + '&sid=abcdefghij0123456789')
    both(far, 'cors-preflight-rejected', method='OPTIONS', websocket=None)
    both(far, 'sio-version-v2-client', POLL.replace('EIO=4', 'EIO=3'), None)
    both(far, 'sio-path-mismatch?after=1s', None, '/elsewhere/')
    both(t.sio('allowRequest: (q, f) => f(null, false)'), 'auth-eio-allowrequest')
    both(t.sio("transports: ['polling']"), 'eio-websocket-transport-disabled', None)
    both(t.sio("transports: ['websocket']"), 'eio-polling-transport-disabled', POLL, None)


@bytes_case('python', 'python-websockets, uvicorn')
def _(t):
    far = t.python_echo("subprotocols=['chat']")
    same(t, far, 'upg-http10-upstream', version='1.0')
    same(t, far, 'upg-empty-subprotocol-header', lambda path: get(path, 'Sec-WebSocket-Protocol:'))
    far = t.uvicorn('''
async def app(scope, receive, send):
    await receive()
    await send({'type': 'websocket.close', 'code': 1000})
''', '--ws', 'websockets')
    same(t, far, 'auth-asgi-close-before-accept-403')


@bytes_case('express', 'express: no such path')
def _(t):
    far = t.node("require('express')().get('/here', (q, r) => r.end()).listen(port, host);")
    same(t, far, 'http-proxy-path-stripped', upgrade=False)
    same(t, far, 'sio-app-listen-wrong-server', at='/socket.io/')


@bytes_case('python-engineio', 'python-socketio: another version, a foreign origin')
def _(t):
    far = t.sio_asgi("cors_allowed_origins=['https://app.example']")
    same(t, far, 'sio-python-version-mismatch', at='/socket.io/?EIO=2&transport=polling', where='/socket.io/', upgrade=False)
    same(t, far, 'origin-rejected-python-eio', lambda path: get(path, 'Origin: https://evil.example', upgrade=False),
        at='/socket.io/?EIO=4&transport=polling', where='/socket.io/')


@bytes_case('squid', 'squid: CONNECT denied, target unreachable (heads)')
def _(t):
    def connect(path):
        return b'CONNECT 127.0.0.1:9 HTTP/1.1\r\nHost: 127.0.0.1:9\r\n\r\n'
    for fault, access in (('proxy-corporate-connect-denied', 'http_access deny all'), ('proxy-target-unreachable', 'http_access allow all')):
        t.faults = t.serve('--fault', fault)
        same(t, t.squid(access), fault, connect, head_only=True)
