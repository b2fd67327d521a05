"""Reverse proxies whose backend is away, forward proxies that refuse, HTTP/2 in between."""
from lab.case import case
from lab.process import free_port


def both(t, tls):
    path = tls[0] + '.both'
    with open(path, 'w') as f:
        f.write(open(tls[0]).read() + open(tls[1]).read())
    return path


@case('proxy-upstream-refused-502', 'nginx', healthy='the backend runs')
def _(t):
    port = free_port()
    bad = t.nginx(t.HEADERS + f'''
location / {{
    proxy_pass http://127.0.0.1:{port}; # was
    # fix here
}}''')
    t.broken(bad.ws())
    t.fixed(bad, bad.ws(), far=t.echo())


@case('proxy-upstream-refused-502', 'caddy', healthy='the backend runs', name='proxy-upstream-refused-caddy')
def _(t):
    port = free_port()
    bad = t.caddy(f'# was\nreverse_proxy 127.0.0.1:{port}\n# fix here')
    t.broken(bad.ws())
    t.fixed(bad, bad.ws(), far=t.echo())


@case('proxy-no-healthy-backend-503', 'haproxy', healthy='a server that passes its check')
def _(t):
    text = 'listen lab\n    bind @LISTEN@\n    # fix here\n    # was\n    server one 127.0.0.1:%d check inter 200ms fall 1 rise 1\n'
    bad = t.haproxy(text % free_port())
    t.broken(bad.ws())
    far = t.node('''
const server = http.createServer((q, r) => { r.writeHead(q.url === '/healthz' ? 200 : 404); r.end(); });
new WebSocketServer({ server }).on('connection', s => s.on('error', () => {}));
server.listen(port, host);
''')
    t.fixed(bad, bad.ws(), far=far)
    t.healthy(t.haproxy(text % t.echo().port).ws())


@case('proxy-no-healthy-backend-503', 'apache', healthy='the backend runs', name='proxy-no-healthy-backend-apache')
def _(t):
    port = free_port()
    bad = t.apache(f'ProxyPass / http://127.0.0.1:{port}/ upgrade=websocket retry=0')
    t.broken(bad.ws())
    t.echo(port=port)
    t.healthy(bad.ws())


SILENT = 'net.createServer(s => { s.on("data", () => {}); s.on("error", () => {}); }).listen(port, host);'


@case('proxy-upstream-silent-504', 'nginx, node', healthy='the backend answers')
def _(t):
    far = t.node(SILENT)
    t.broken(t.nginx(t.proxied(far, 'proxy_read_timeout 1s;')).ws())
    t.healthy(t.nginx(t.proxied(t.echo())).ws())


@case('proxy-upstream-silent-504', 'haproxy, node', healthy='the backend answers', name='proxy-upstream-silent-haproxy')
def _(t):
    text = 'listen lab\n    bind @LISTEN@\n    %s\n    server one %s\n'
    t.broken(t.haproxy(text % ('timeout server 1s', t.node(SILENT).at)).ws())
    t.healthy(t.haproxy(text % ('', t.echo().at)).ws())


@case('proxy-apache-wstunnel-missing', 'apache, ws', healthy='upgrade=websocket')
def _(t):
    far = t.echo()
    bad = t.apache(f'# was\nProxyPass /ws http://{far.at}/ws\n# fix here')
    t.broken(bad.ws('/ws'))
    t.fixed(bad, bad.ws('/ws'), far=far)
    t.healthy(t.apache(f'ProxyPass / http://{far.at}/ upgrade=websocket').ws())
    t.healthy(t.apache(f'ProxyPass / ws://{far.at}/', modules=('proxy_wstunnel',)).ws())


@case('proxy-node-ws-flag-missing', 'http-proxy, ws', healthy='ws: true')
def _(t):
    far = t.echo()
    source = "require('http-proxy').createProxyServer({ target: 'http://%s', ws: %s }).on('error', () => {}).listen(port, host);"
    t.broken(t.node(source % (far.at, 'false')).ws())
    t.healthy(t.node(source % (far.at, 'true')).ws())


@case('proxy-masks-status-502', 'nginx, ws', healthy='the refusal comes through as it is')
def _(t):
    far = t.echo('verifyClient: (i, done) => done(false, 401)')
    mask = 'proxy_intercept_errors on;\nerror_page 401 403 404 =502 @masked;\nlocation @masked { internal; return 502; }\n'
    t.broken(t.nginx(mask + t.proxied(far)).ws(), '--direct', far.ws())
    t.without(t.nginx(t.proxied(far)).ws(), '--direct', far.ws())


@case('proxy-corporate-connect-denied', 'squid, openssl', healthy='the port is allowed')
def _(t):
    far = t.nginx(t.proxied(t.echo()), tls=t.certs.leaf())
    ca = ('--cacert', t.certs.root)
    rules = 'acl Safe_ports port 80\nacl SSL_ports port %d\n# fix here\nhttp_access deny CONNECT !SSL_ports\nhttp_access allow all\n'
    bad = t.squid(rules % 443)
    by = (*ca, '-x', f'http://{bad.at}')
    t.broken(far.wss(), *by)
    t.fixed(bad, far.wss(), *by, edit=lambda s: s.replace('8443', str(far.port)))


@case('proxy-is-a-web-server', 'nginx, apache, python', healthy='a proxy')
def _(t):
    far = t.nginx(t.proxied(t.echo()), tls=t.certs.leaf())
    ca = ('--cacert', t.certs.root)
    web = (t.nginx('return 200 hello;'), t.apache(''), t.python('''
import http.server
http.server.HTTPServer((host, port), http.server.SimpleHTTPRequestHandler).serve_forever()
'''))
    for part in web:
        t.broken(far.wss(), *ca, '-x', f'http://{part.at}')
    squid = t.squid('http_access allow all\n')
    t.healthy(far.wss(), *ca, '-x', f'http://{squid.at}')


@case('proxy-corporate-connect-denied', 'squid', healthy='with the password', name='proxy-connect-407')
def _(t):
    far = t.nginx(t.proxied(t.echo()), tls=t.certs.leaf())
    ca = ('--cacert', t.certs.root)
    users = t.folder + '/users'
    with open(users, 'w') as f:
        f.write('ann:$apr1$x$oLYHf07UX3BSkxRSsvhnB0\n')
    check = t.folder + '/check'
    with open(check, 'w') as f:
        f.write('#!/bin/sh\nwhile read -r user word; do [ "$user $word" = "ann secret" ] && echo OK || echo ERR; done\n')
    import os
    os.chmod(check, 0o755)
    squid = t.squid(f'auth_param basic program {check}\nacl known proxy_auth REQUIRED\nhttp_access allow known\nhttp_access deny all\n')
    t.broken(far.wss(), *ca, '-x', f'http://{squid.at}')
    t.healthy(far.wss(), *ca, '-x', f'http://ann:secret@{squid.at}')


@case('proxy-corporate-connect-denied', ours='a SOCKS5 proxy', healthy='SOCKS5 that allows it, with and without a password',
    name='proxy-socks5')
def _(t):
    far = t.echo()
    t.broken(far.ws(), '-x', f'socks5://{t.socks5("refuse").at}')
    t.healthy(far.ws(), '-x', f'socks5://{t.socks5().at}')
    t.healthy(far.ws(), '-x', f'socks5://ann:secret@{t.socks5("ann:secret").at}')


@case('proxy-nginx-limit-conn', 'nginx, ws', healthy='a limit that leaves room')
def _(t):
    far = t.echo()
    text = 'limit_conn addr %d;\n' + t.proxied(far)
    zone = dict(http='limit_conn_zone $binary_remote_addr zone=addr:1m;')
    bad = t.nginx(t.HEADERS + '# fix here\n' + text % 1, **zone)
    t.broken(bad.ws('/ws'), '--idle', '1s')
    # The snippet is what goes into the location that proxies.
    t.fixed(bad, bad.ws('/ws'), '--idle', '1s', edit=lambda s: s.replace('limit_conn', f'proxy_pass http://{far.at};\n\tlimit_conn', 1))
    t.healthy(t.nginx(text % 50, **zone).ws(), '--idle', '1s')


@case('proxy-nginx-limit-conn', 'nginx, ws', healthy='a limit that leaves room', name='proxy-nginx-limit-conn-reached')
def _(t):
    far = t.echo()
    bad = t.nginx('limit_conn addr 1;\n' + t.proxied(far), http='limit_conn_zone $binary_remote_addr zone=addr:1m;')
    t.hold(bad)
    t.broken(bad.ws())


@case('proxy-unreachable', 'the kernel', healthy='the proxy runs')
def _(t):
    far, port = t.echo(), free_port()
    t.broken(far.ws(), '-x', f'http://127.0.0.1:{port}')
    squid = t.squid('http_access allow all\n', port=port)
    t.healthy(far.ws(), '-x', f'http://{squid.at}')


@case('proxy-not-answering', 'node', healthy='a proxy that answers')
def _(t):
    far = t.echo()
    t.broken(far.ws(), '-x', f'http://{t.node(SILENT).at}')
    t.healthy(far.ws(), '-x', f"http://{t.squid('http_access allow all').at}")


@case('proxy-target-unreachable', 'squid', healthy='the server behind the proxy runs')
def _(t):
    port = free_port()
    squid = t.squid('http_access allow all\n')
    t.broken(f'ws://127.0.0.1:{port}/', '-x', f'http://{squid.at}')
    t.healthy(t.echo(port=port).ws(), '-x', f'http://{squid.at}')


@case('proxy-upstream-closed-502', 'nginx, node', healthy='a backend that answers')
def _(t):
    # As Engine.IO does on a path that is not its own: the Upgrade is cut after a second, a plain GET is answered.
    far = t.node('''
const server = http.createServer((q, r) => { r.writeHead(404); r.end(); });
server.on('upgrade', (q, s) => { s.on('error', () => {}); setTimeout(() => s.end(), 1000); });
server.listen(port, host);
''')
    t.broken(t.nginx(t.proxied(far)).ws())
    t.healthy(t.nginx(t.proxied(t.echo())).ws())


@case('proxy-upstream-dns', 'apache', healthy='a name that resolves')
def _(t):
    far = t.echo()
    text = 'ProxyPass / http://%s/ upgrade=websocket'
    t.broken(t.apache(text % 'backend.invalid:3000').ws())
    t.healthy(t.apache(text % far.at).ws())


@case('proxy-upstream-tls', 'apache, openssl', healthy='the backend has a certificate of its root')
def _(t):
    text = f'SSLProxyEngine on\nSSLProxyCACertificateFile {t.certs.root}\nProxyPass / https://localhost:%d/ upgrade=websocket'
    behind = lambda tls: t.nginx(t.proxied(t.echo()), tls=tls)
    t.broken(t.apache(text % behind(t.certs.expired()).port, modules=('ssl',)).ws())
    t.healthy(t.apache(text % behind(t.certs.leaf()).port, modules=('ssl',)).ws())


@case('proxy-h2-extended-connect-broken', 'haproxy, ws', healthy='HAProxy that serves RFC 8441')
def _(t):
    far = t.echo()
    pem = both(t, t.certs.leaf())
    text = f'''
frontend lab
    bind @LISTEN@ ssl crt {pem} alpn h2,http/1.1
    %s
    default_backend app
backend app
    server one {far.at}
'''
    ca = ('--cacert', t.certs.root)
    bad = t.haproxy('# fix here\n' + text % 'http-request deny deny_status 501 if { ssl_fc_alpn h2 }')
    t.broken(bad.wss(), *ca)
    t.fixed(bad, bad.wss(), *ca)
    t.healthy(t.haproxy(text % '').wss(), *ca)


@case('proxy-waf-dead-tunnel-after-101', ours='a tunnel that swallows everything after the 101', healthy='a server that merely says nothing')
def _(t):
    far = t.echo()
    dead = t.node(f'''
net.createServer(c => {{
    const b = net.connect({far.port}, '{far.address}');
    c.on('error', () => {{}}); b.on('error', () => {{}});
    let upgraded = false;
    c.on('data', d => upgraded || b.write(d));
    b.on('data', d => {{ if (upgraded) return; upgraded = /^HTTP\\/1.1 101/.test(d.toString('latin1')); c.write(d); }});
    b.on('end', () => c.end()); c.on('end', () => b.end());
}}).listen(port, host);
''')
    t.broken(dead.ws(), '--direct', far.ws())
    t.healthy(far.ws(), '--direct', far.ws())


@case('proxy-envoy-upgrade-not-enabled', ours='node with Envoy\'s answer', healthy='the upgrade is enabled')
def _(t):
    far = t.node('''
const server = http.createServer((q, r) => { r.writeHead(q.headers.upgrade ? 403 : 200, { server: 'envoy', 'x-envoy-upstream-service-time': '1' }); r.end(); });
server.listen(port, host);
''')
    t.broken(far.ws())
    t.healthy(t.echo().ws())


@case('tcp-proxy-protocol-mismatch', 'nginx', healthy='HAProxy in front sends the header')
def _(t):
    far = t.echo()
    expects = t.nginx(t.proxied(far), listen='proxy_protocol')
    t.broken(expects.ws())
    t.healthy(t.haproxy(f'listen lab\n    bind @LISTEN@\n    mode tcp\n    server one {expects.at} send-proxy\n').ws())


@case('tcp-proxy-protocol-mismatch', 'haproxy', healthy='a port that does not expect it', name='tcp-proxy-protocol-haproxy')
def _(t):
    text = f'listen lab\n    bind @LISTEN@ %s\n    server one {t.echo().at}\n'
    t.broken(t.haproxy(text % 'accept-proxy').ws())
    t.healthy(t.haproxy(text % '').ws())
