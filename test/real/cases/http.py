"""Routing and plain HTTP answers where a 101 was wanted."""
from lab.case import case

SPA = '''
location / {
    root @DIR@;
    try_files $uri /index.html;
}
'''


def page(part, name='index.html', text='<!doctype html><html><body><div id="root"></div></body></html>\n'):
    with open(part.process.folder + '/' + name, 'w') as f:
        f.write(text)


@case('http-redirect-on-upgrade', 'nginx, ws', healthy='the final URL')
def _(t):
    far = t.echo("path: '/chat'")
    bad = t.nginx(t.proxied(far) + 'location = /chat/ { return 301 /chat; }')
    t.broken(bad.ws('/chat/'))
    t.healthy(bad.ws('/chat'))


@case('http-redirect-on-upgrade', 'nginx, ws', healthy='wss, where the redirect points', name='http-redirect-to-tls')
def _(t):
    far = t.echo()
    good = t.nginx(t.proxied(far), tls=t.certs.leaf())
    t.broken(t.nginx(f'location / {{ return 308 https://localhost:{good.port}$request_uri; }}').ws(), '--cacert', t.certs.root)
    t.healthy(good.wss(), '--cacert', t.certs.root)


@case('http-redirect-on-upgrade', 'nginx', healthy='the same application without the login', name='http-redirect-to-login')
def _(t):
    t.broken(t.nginx('location / { return 302 /login?next=$request_uri; } location /login { return 200 "<html>log in</html>"; }').ws('/chat'))


@case('http-spa-fallback-200', 'nginx, ws', healthy='a location for the path before try_files')
def _(t):
    far = t.echo("path: '/chat'")
    bad = t.nginx(SPA)
    page(bad)
    t.broken(bad.ws('/chat'))
    good = t.nginx(SPA + t.proxied(far).replace('location / ', 'location /chat '))
    page(good)
    t.healthy(good.ws('/chat'))


@case('http-spa-fallback-200', 'caddy, ws', healthy='reverse_proxy before file_server', name='http-spa-fallback-caddy')
def _(t):
    far = t.echo("path: '/chat'")
    bad = t.caddy('root * @DIR@\ntry_files {path} /index.html\nfile_server')
    page(bad)
    t.broken(bad.ws('/chat'))
    t.healthy(t.caddy(f'reverse_proxy /chat {far.at}\nfile_server').ws('/chat'))


@case('http-ingress-no-route', ours='nginx as the default backend of ingress-nginx', healthy='another 404')
def _(t):
    t.broken(t.nginx('location / { default_type text/plain; return 404 "default backend - 404"; }').ws('/chat'))
    t.without(t.nginx('location / { return 404; }').ws('/chat'))


@case('http-proxy-path-stripped', 'nginx, ws', healthy='proxy_pass without a URI part')
def _(t):
    far = t.echo("path: '/chat/room'")
    bad = t.nginx(f'''
location /chat/ {{
    proxy_pass http://{far.at}/;
    proxy_http_version 1.1;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection $connection_upgrade;
}}''')
    t.broken(bad.ws('/chat/room'), '--direct', far.ws('/chat/room'))
    t.healthy(t.nginx(t.proxied(far)).ws('/chat/room'), '--direct', far.ws('/chat/room'))


@case('http-proxy-path-added-slash', 'nginx, ws', healthy='the same string on both sides')
def _(t):
    far = t.echo("path: '/ws'")
    block = t.proxied(far).replace('location / ', 'location /ws ')
    bad = t.nginx(block.replace(far.at, far.at + '/ws/'))
    t.broken(bad.ws('/ws'), '--direct', far.ws('/ws'))
    t.healthy(t.nginx(block).ws('/ws'), '--direct', far.ws('/ws'))


@case('ws-path-mismatch', 'ws', healthy='the path the server listens on')
def _(t):
    far = t.echo("path: '/chat'")
    t.broken(far.ws('/'))
    t.healthy(far.ws('/chat'))


@case('ws-two-servers-one-http', 'ws', healthy='one upgrade listener that routes')
def _(t):
    far = t.node('''
const server = http.createServer();
for (const path of ['/one', '/two'])
    new WebSocketServer({ server, path }).on('connection', s => s.on('error', () => {}));
server.listen(port, host);
''')
    t.broken(far.ws('/one'))
    good = t.node('''
const server = http.createServer();
const all = { '/one': new WebSocketServer({ noServer: true }), '/two': new WebSocketServer({ noServer: true }) };
server.on('upgrade', (q, s, h) => all[q.url] ? all[q.url].handleUpgrade(q, s, h, w => w.on('error', () => {})) : s.destroy());
server.listen(port, host);
''')
    t.healthy(good.ws('/one'))


@case('http-header-too-large', 'nginx, ws', healthy='the same server, a small cookie')
def _(t):
    far = t.echo()
    bad = t.nginx('large_client_header_buffers 2 2k;\nclient_header_buffer_size 1k;\n' + t.proxied(far))
    t.broken(bad.ws(), '-H', 'Cookie: session=' + 'x' * 4000)
    t.healthy(bad.ws(), '-H', 'Cookie: session=x')


@case('http-header-too-large', 'node, ws', healthy='the same server, a small cookie', name='http-header-too-large-node')
def _(t):
    far = t.echo()
    t.broken(far.ws(), '-H', 'Cookie: session=' + 'x' * 20000)
    t.healthy(far.ws(), '-H', 'Cookie: session=x')


@case('http-url-too-long', 'nginx, ws', healthy='a short ticket')
def _(t):
    far = t.echo()
    bad = t.nginx('large_client_header_buffers 2 2k;\nclient_header_buffer_size 1k;\n' + t.proxied(far))
    t.broken(bad.ws('/?token=' + 'x' * 3000))
    t.healthy(bad.ws('/?token=x'))


@case('http-auth-proxy-401', 'nginx, ws', healthy='with the credentials')
def _(t):
    far = t.echo()
    bad = t.nginx('auth_basic "staging";\nauth_basic_user_file @DIR@/users;\n' + t.proxied(far))
    page(bad, 'users', 'ann:{PLAIN}secret\n')
    t.broken(bad.ws())
    t.healthy(bad.ws(), '-H', 'Authorization: Basic YW5uOnNlY3JldA==')


@case('http-rate-limited', 'nginx, ws', healthy='a limit that is not reached')
def _(t):
    far = t.echo()
    zone = 'limit_req_zone $binary_remote_addr zone=one:1m rate=%s;'
    limit = 'limit_req zone=one;\nlimit_req_status 429;\n' + t.proxied(far)
    bad = t.nginx(limit, http=zone % '1r/m')
    t.hold(bad)
    t.broken(bad.ws())
    t.healthy(t.nginx(limit.replace('zone=one;', 'zone=one burst=100 nodelay;'), http=zone % '100r/s').ws())


@case('http-app-cold-start', 'haproxy, ws', healthy='an application that is up')
def _(t):
    # The first request wakes the application: HAProxy answers 503 to it and sends the following ones on.
    far = t.echo()
    frontend = f'''
frontend lab
    bind @LISTEN@
    stick-table type ip size 10 expire 1m store gpc0
    http-request track-sc0 src
    http-request return status 503 content-type text/plain string "starting" if {{ sc0_get_gpc0 eq 0 }} {{ sc0_inc_gpc0 ge 0 }}
    default_backend app
backend app
    server one {far.at}
'''
    t.broken(t.haproxy(frontend).ws())
    t.healthy(t.haproxy(f'listen lab\n    bind @LISTEN@\n    server one {far.at}\n').ws())


@case('uvicorn-no-ws-library', 'uvicorn', healthy='uvicorn with python-websockets')
def _(t):
    app = '''
async def app(scope, receive, send):
    if scope['type'] == 'http':
        await send({'type': 'http.response.start', 'status': 404, 'headers': []})
        return await send({'type': 'http.response.body', 'body': b'Not Found'})
    await receive()
    await send({'type': 'websocket.accept'})
    while (await receive())['type'] != 'websocket.disconnect':
        pass
'''
    t.broken(t.uvicorn(app, '--ws', 'none').ws())
    t.healthy(t.uvicorn(app, '--ws', 'websockets').ws())


@case('http-bot-or-waf-403', ours='nginx with the headers of a CDN', healthy='the same CDN lets it through')
def _(t):
    far = t.echo()
    edge = 'server_tokens off;\nadd_header cf-ray 8f2f5c1b2a3c4d5e-FRA always;\n'
    t.broken(t.nginx(edge + 'add_header cf-mitigated challenge always;\nlocation / { default_type text/html; return 403 "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>Cloudflare</body></html>"; }').ws())
    t.healthy(t.nginx(edge + t.proxied(far)).ws())


@case('next-serverless-no-ws', ours='node with the headers of the platform', healthy='a server of one\'s own')
def _(t):
    far = t.node('''
http.createServer((q, r) => {
    r.writeHead(404, { server: 'Vercel', 'x-vercel-id': 'fra1::abcde-1700000000000-0123456789ab', 'x-vercel-error': 'NOT_FOUND' });
    r.end('The page could not be found\\n\\nNOT_FOUND\\n');
}).listen(port, host);
''')
    t.broken(far.ws('/api/socket'))
    t.healthy(t.echo().ws('/api/socket'))
