"""Who may connect, and from which page."""
import base64
import json
import time

from lab.case import case

TOKEN = '''
const right = q => q.headers.authorization === 'Bearer secret-1';
'''


def jwt(**claims):
    part = lambda d: base64.urlsafe_b64encode(json.dumps(d).encode()).rstrip(b'=').decode()
    return f'{part({"alg": "HS256", "typ": "JWT"})}.{part(claims)}.c2lnbmF0dXJl'


JWT = '''verifyClient: (i, done) => {
    const c = JSON.parse(Buffer.from((i.req.headers.authorization || '..').split('.')[1], 'base64url') || '{}');
    const now = Date.now() / 1000;
    done(c.exp > now && !(c.nbf > now), 401);
}'''


@case('auth-handshake-401', 'ws', healthy='with the credential')
def _(t):
    far = t.echo("verifyClient: (i, done) => done(i.req.headers.authorization === 'Bearer secret-1', 401)")
    t.broken(far.ws())
    t.broken(far.ws(), '-H', 'Authorization: Bearer wrong')
    t.healthy(far.ws(), '-H', 'Authorization: Bearer secret-1')


@case('auth-close-after-accept', 'ws', healthy='a server that closes 1000 only when asked')
def _(t):
    t.broken(t.echo(on="s.close(4401, 'Unauthorized');").ws())
    t.broken(t.echo(on="s.close(1008, 'token missing');").ws())
    t.healthy(t.echo(on="if (!r.headers.authorization) s.close(4401);").ws(), '-H', 'Authorization: Bearer secret-1')


@case('auth-asgi-close-before-accept-403', 'uvicorn', healthy='accepted with the credential')
def _(t):
    far = t.uvicorn('''
async def app(scope, receive, send):
    if scope['type'] != 'websocket':
        return
    await receive()
    if dict(scope['headers']).get(b'authorization') != b'Bearer secret-1':
        return await send({'type': 'websocket.close', 'code': 4401})
    await send({'type': 'websocket.accept'})
    while (await receive())['type'] != 'websocket.disconnect':
        pass
''', '--ws', 'websockets')
    t.broken(far.ws())
    t.healthy(far.ws(), '-H', 'Authorization: Bearer secret-1')


@case('auth-token-expired-on-reconnect', 'ws', healthy='a token that is still good')
def _(t):
    far = t.echo(JWT)
    now = int(time.time())
    t.broken(far.ws(), '-H', f'Authorization: Bearer {jwt(sub="ann", exp=now - 3600)}')
    t.healthy(far.ws(), '-H', f'Authorization: Bearer {jwt(sub="ann", exp=now + 3600)}')


@case('auth-clock-skew', 'ws', healthy='a token that is already valid')
def _(t):
    far = t.echo(JWT)
    now = int(time.time())
    t.broken(far.ws(), '-H', f'Authorization: Bearer {jwt(sub="ann", nbf=now + 600, exp=now + 3600)}')
    t.healthy(far.ws(), '-H', f'Authorization: Bearer {jwt(sub="ann", nbf=now - 600, exp=now + 3600)}')


@case('origin-rejected-403', 'python-websockets', healthy='the page\'s origin is allowed')
def _(t):
    bad = t.python('''
import websockets
async def handler(s, path=None):
    async for message in s:
        await s.send(message)
async def main():
    async with (
        # was
        websockets.serve(handler, host, port, origins=['https://www.example.com', None])
        # fix here
    ):
        await asyncio.Future()
asyncio.run(main())
''')
    t.healthy(bad.ws(), '--origin', 'https://www.example.com')
    t.broken(bad.ws(), '--origin', 'https://app.example.com')
    t.fixed(bad, bad.ws(), '--origin', 'https://app.example.com', edit=lambda s: s.splitlines()[0])


@case('origin-rejected-403', 'nginx, ws', healthy='the page\'s origin is allowed', name='origin-rejected-nginx')
def _(t):
    far = t.node('''
const server = http.createServer();
const allowed = new Set(['https://app.example.com', undefined]);
const wss =
// was
new WebSocketServer({ server, verifyClient: ({ origin }, done) => done(!origin || origin === 'https://www.example.com', 403) })
// fix here
wss.on('connection', s => s.on('error', () => {}));
server.listen(port, host);
''')
    bad = t.nginx(t.proxied(far))
    t.healthy(bad.ws(), '--origin', 'https://www.example.com')
    t.broken(bad.ws(), '--origin', 'https://app.example.com')
    t.fixed(far, bad.ws(), '--origin', 'https://app.example.com')


@case('mixed-content-ws', 'nginx, ws', healthy='wss from the same page; ws to the machine itself')
def _(t):
    far = t.echo()
    page = ('--origin', 'https://app.test')
    plain = t.nginx(t.proxied(far))
    t.broken(f'ws://chat.test:{plain.port}/', '--resolve', f'chat.test:{plain.port}:127.0.0.1', *page)
    t.healthy(plain.ws(), *page)
    t.healthy(t.nginx(t.proxied(far), tls=t.certs.leaf()).wss(), '--cacert', t.certs.root, *page)


@case('csp-connect-src', 'nginx, ws', healthy='the policy names the WebSocket')
def _(t):
    # The page's host is the WebSocket's: wsdx asks no other host of its own accord.
    far = t.echo()
    page = '''
add_header Content-Security-Policy "default-src 'self'; connect-src https://api.test%s" always;
location / { default_type text/html; return 200 "<!doctype html><html><body>chat</body></html>"; }
'''
    t.broken(far.ws(), '--origin', f'http://{t.nginx(page % "").at}')
    t.healthy(far.ws(), '--origin', f'http://{t.nginx(page % (" " + far.ws(""))).at}')
    # 'self' is of the page's own port
    front = t.nginx(page % " 'self'" + t.proxied(far).replace('location /', 'location /ws'))
    t.broken(far.ws(), '--origin', f'http://{front.at}')
    t.healthy(front.ws('/ws'), '--origin', f'http://{front.at}')
