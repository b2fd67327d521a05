"""Routing and plain HTTP answers where a 101 was wanted."""
from lab.case import case

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
    bad = t.nginx(f'''
# was
location / {{ return 308 https://localhost:{good.port}$request_uri; }}
# fix here
''')
    t.broken(bad.ws('/ws'), '--cacert', t.certs.root)
    t.fixed(bad, bad.ws('/ws'), '--cacert', t.certs.root, far=far)
    t.healthy(good.wss('/ws'), '--cacert', t.certs.root)


@case('http-redirect-on-upgrade', 'apache, ws', healthy='upgrades are exempt', name='http-redirect-apache')
def _(t):
    far = t.echo()
    bad = t.apache(f'''
RewriteEngine on
# was
RewriteRule ^ https://%{{HTTP_HOST}}%{{REQUEST_URI}} [R=301,L]
# fix here
ProxyPass / http://{far.at}/ upgrade=websocket
''', modules=('rewrite',))
    t.broken(bad.ws('/ws'))
    t.fixed(bad, bad.ws('/ws'))


@case('http-redirect-on-upgrade', 'haproxy, ws', healthy='upgrades are exempt', name='http-redirect-haproxy')
def _(t):
    far = t.echo()
    bad = t.haproxy(f'''
listen lab
    bind @LISTEN@
    http-request redirect scheme https unless {{ ssl_fc }} # was
    # fix here
    server one {far.at}
''')
    t.broken(bad.ws('/ws'))
    t.fixed(bad, bad.ws('/ws'))


@case('http-auth-proxy-401', 'nginx', healthy='the same application without the login', name='http-redirect-to-login')
def _(t):
    far = t.echo()
    text = 'location / { return 302 /login?next=$request_uri; } location /login { return 200 "<html>log in</html>"; }'
    t.broken(t.nginx(text).ws('/chat'))
    t.healthy(t.nginx(t.proxied(far)).ws('/chat'))


SPA = '''
location / {
    root @DIR@;
    try_files $uri /index.html;
}
'''


@case('http-spa-fallback-200', 'nginx, ws', healthy='a location for the path before try_files')
def _(t):
    far = t.echo("path: '/ws'")
    bad = t.nginx('''
root @DIR@;
# was
location / { try_files $uri /index.html; }
# fix here
''')
    page(bad)
    t.broken(bad.ws('/ws'))
    t.fixed(bad, bad.ws('/ws'), far=far)
    good = t.nginx(SPA + t.proxied(far).replace('location / ', 'location /ws '))
    page(good)
    t.healthy(good.ws('/ws'))


@case('http-spa-fallback-200', 'caddy, ws', healthy='reverse_proxy before file_server', name='http-spa-fallback-caddy')
def _(t):
    far = t.echo("path: '/ws'")
    bad = t.caddy('''
# was
root * @DIR@
# was
try_files {path} /index.html
# was
file_server
# fix here
''')
    page(bad)
    t.broken(bad.ws('/ws'))
    t.fixed(bad, bad.ws('/ws'), far=far)
    t.healthy(t.caddy(f'reverse_proxy /ws {far.at}\nfile_server').ws('/ws'))


@case('http-ingress-no-route', ours='nginx as the default backend of ingress-nginx', healthy='another 404')
def _(t):
    t.broken(t.nginx('location / { default_type text/plain; return 404 "default backend - 404"; }').ws('/chat'))
    t.without(t.nginx('location / { return 404; }').ws('/chat'))


@case('http-default-vhost', 'nginx, ws', healthy='the name that the server block has')
def _(t):
    far = t.echo("path: '/ws'")
    front = t.nginx('location / { root /usr/share/nginx/html; }', listen='default_server',
        http=f'server {{ listen @LISTEN@; server_name chat.test; {t.proxied(far)} }}')
    as_name = lambda name: (f'ws://{name}:{front.port}/ws', '--resolve', f'{name}:{front.port}:127.0.0.1')
    t.broken(*as_name('caht.test'))
    t.healthy(*as_name('chat.test'))


@case('http-malformed', ours='a greeting of SMTP', healthy='the port of the WebSocket server')
def _(t):
    mail = t.node("net.createServer(s => { s.on('error', () => {}); s.end('220 mail.test ESMTP\\r\\n'); }).listen(port, host);")
    t.broken(mail.ws())
    t.healthy(t.echo().ws())


@case('http-proxy-path-stripped', 'nginx, ws', healthy='proxy_pass without a URI part')
def _(t):
    far = t.echo("path: '/ws/room'")
    bad = t.nginx(t.HEADERS + f'''
# was
location /ws/ {{ proxy_pass http://{far.at}/; }}
# fix here
''')
    t.broken(bad.ws('/ws/room'), '--direct', far.ws('/ws/room'))
    t.fixed(bad, bad.ws('/ws/room'), '--direct', far.ws('/ws/room'), far=far)
    t.healthy(t.nginx(t.proxied(far)).ws('/ws/room'), '--direct', far.ws('/ws/room'))


@case('http-proxy-path-stripped', 'caddy, ws', healthy='handle, which keeps the path', name='http-proxy-path-stripped-caddy')
def _(t):
    far = t.echo("path: '/ws/room'")
    bad = t.caddy(f'''
# was
handle_path /ws/* {{
# was
reverse_proxy {far.at}
# was
}}
# fix here
''')
    t.broken(bad.ws('/ws/room'), '--direct', far.ws('/ws/room'))
    t.fixed(bad, bad.ws('/ws/room'), '--direct', far.ws('/ws/room'), far=far)


@case('http-proxy-path-added-slash', 'nginx, ws', healthy='the same string on both sides')
def _(t):
    far = t.echo("path: '/ws'")
    bad = t.nginx(t.HEADERS + f'''
# was
location /ws {{ proxy_pass http://{far.at}/ws/; }}
# fix here
''')
    t.broken(bad.ws('/ws'), '--direct', far.ws('/ws'))
    t.fixed(bad, bad.ws('/ws'), '--direct', far.ws('/ws'), far=far)
    t.healthy(t.nginx(t.proxied(far)).ws('/ws'), '--direct', far.ws('/ws'))


@case('http-proxy-path-added-slash', 'apache, ws', healthy='the same ending on both sides', name='http-proxy-path-added-slash-apache')
def _(t):
    far = t.echo("path: '/ws'")
    bad = t.apache(f'''
# was
ProxyPass /ws http://{far.at}/ws/ upgrade=websocket
# fix here
''')
    t.broken(bad.ws('/ws'), '--direct', far.ws('/ws'))
    t.fixed(bad, bad.ws('/ws'), '--direct', far.ws('/ws'), far=far)


@case('ws-path-mismatch', 'ws', healthy='the path the server listens on')
def _(t):
    bad = t.node('''
const server = http.createServer();
// was begin
const wss = new WebSocketServer({ server, path: '/chat' });
server.listen(port, host);
// was end
// fix here
wss.on('connection', s => s.on('error', () => {}));
''')
    t.healthy(bad.ws('/chat'))
    t.broken(bad.ws('/ws'))
    t.fixed(bad, bad.ws('/ws'), edit=lambda s: s.replace('3000', 'port, host'))


@case('ws-path-mismatch', 'caddy, ws', healthy='the path that is proxied', name='ws-path-mismatch-caddy')
def _(t):
    # Caddy answers 200 with nothing in it where no route matches.
    front = t.caddy(f'reverse_proxy /ws {t.echo().at}')
    t.broken(front.ws('/other'))
    t.healthy(front.ws('/ws'))


@case('ws-two-servers-one-http', 'ws', healthy='one upgrade listener that routes')
def _(t):
    bad = t.node('''
const server = http.createServer();
// was
const a = new WebSocketServer({ server, path: '/a' });
// was
const b = new WebSocketServer({ server, path: '/b' });
// fix here
for (const wss of [a, b])
    wss.on('connection', s => s.on('error', () => {}));
server.listen(port, host);
''')
    t.broken(bad.ws('/a'))
    t.fixed(bad, bad.ws('/a'))


@case('http-header-too-large', 'nginx, ws', healthy='the same server, a small cookie')
def _(t):
    far = t.echo()
    bad = t.nginx('client_header_buffer_size 1k;\nlarge_client_header_buffers 2 2k; # was\n# fix here\n' + t.proxied(far))
    cookie = ('-H', 'Cookie: session=' + 'x' * 4000)
    t.broken(bad.ws(), *cookie)
    t.fixed(bad, bad.ws(), *cookie)
    t.healthy(bad.ws(), '-H', 'Cookie: session=x')


@case('http-header-too-large', 'node, ws', healthy='the same server, a small cookie', name='http-header-too-large-node')
def _(t):
    far = t.echo()
    cookie = ('-H', 'Cookie: session=' + 'x' * 20000)
    t.healthy(far.ws(), '-H', 'Cookie: session=x')
    t.broken(far.ws(), *cookie)
    t.option(far, r'--max-http-header-size=\d+')
    t.healthy(far.ws(), *cookie)


@case('http-header-too-large', 'apache, ws', healthy='LimitRequestFieldSize', name='http-header-too-large-apache')
def _(t):
    far = t.echo()
    bad = t.apache(f'# fix here\nProxyPass / http://{far.at}/ upgrade=websocket')
    cookie = ('-H', 'Cookie: session=' + 'x' * 9000)
    t.broken(bad.ws(), *cookie)
    t.fixed(bad, bad.ws(), *cookie)


@case('http-url-too-long', 'nginx, ws', healthy='a short ticket')
def _(t):
    far = t.echo()
    bad = t.nginx('client_header_buffer_size 1k;\nlarge_client_header_buffers 2 2k; # was\n# fix here\n' + t.proxied(far))
    long = bad.ws('/?token=' + 'x' * 3000)
    t.broken(long)
    t.fixed(bad, long)
    t.healthy(bad.ws('/?token=x'))


@case('http-url-too-long', 'apache, ws', healthy='LimitRequestLine', name='http-url-too-long-apache')
def _(t):
    far = t.echo()
    bad = t.apache(f'# was\nLimitRequestLine 2000\n# fix here\nProxyPass / http://{far.at}/ upgrade=websocket')
    long = bad.ws('/?token=' + 'x' * 3000)
    t.broken(long)
    t.fixed(bad, long)


@case('http-auth-proxy-401', 'nginx, ws', healthy='with the credentials')
def _(t):
    far = t.echo()
    bad = t.nginx(t.HEADERS + 'auth_basic "staging";\nauth_basic_user_file @DIR@/users;\n# fix here\n' + t.proxied(far))
    page(bad, 'users', 'ann:{PLAIN}secret\n')
    t.broken(bad.ws('/ws'))
    t.healthy(bad.ws('/ws'), '-H', 'Authorization: Basic YW5uOnNlY3JldA==')
    t.broken(bad.ws('/ws'))
    t.fixed(bad, bad.ws('/ws'), far=far)


@case('http-rate-limited', 'nginx, ws', healthy='a limit that is not reached')
def _(t):
    far = t.echo()
    zone = 'limit_req_zone $binary_remote_addr zone=ws:1m rate=%s;'
    limit = 'limit_req zone=ws;\nlimit_req_status 429;\n' + t.proxied(far)
    bad = t.nginx(t.HEADERS + '# fix here\n' + limit, http=zone % '1r/m')
    t.hold(bad)
    t.broken(bad.ws('/ws'))
    # The snippet is what goes into the location that proxies.
    t.fixed(bad, bad.ws('/ws'), edit=lambda s: s.replace('limit_req', f'proxy_pass http://{far.at};\n\tlimit_req', 1))
    t.healthy(t.nginx(limit.replace('zone=ws;', 'zone=ws burst=100 nodelay;'), http=zone % '100r/s').ws())


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
