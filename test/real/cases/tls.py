"""Certificates, wrong ports, client certificates."""
import re

from lab.case import case
from lab.certs import Certs


def behind(t, tls, more='', **where):
    return t.nginx(more + t.proxied(t.echo()), tls=tls, **where)


def good(t):
    part = behind(t, t.certs.leaf())
    t.healthy(part.wss(), '--cacert', t.certs.root)


@case('tls-cert-expired', 'nginx, openssl', healthy='the renewed certificate')
def _(t):
    t.broken(behind(t, t.certs.expired()).wss(), '--cacert', t.certs.root)
    good(t)


@case('tls-chain-incomplete', 'nginx, openssl', healthy='leaf and intermediate')
def _(t):
    chain, key, leaf = t.certs.leaf()
    ca = ('--cacert', t.certs.root)
    bad = t.nginx(f'ssl_certificate_key {key};\nssl_certificate {leaf}; # was\n# fix here\n' + t.proxied(t.echo()), listen='ssl')
    t.broken(bad.wss(), *ca)
    t.fixed(bad, bad.wss(), *ca, edit=lambda s: re.sub(r'/etc/\S+/fullchain.pem', chain, s))
    t.healthy(behind(t, (chain, key)).wss(), *ca)


@case('tls-chain-incomplete', 'caddy, openssl', healthy='leaf and intermediate', name='tls-chain-incomplete-caddy')
def _(t):
    chain, key, leaf = t.certs.leaf()
    far = t.echo()
    ca = ('--cacert', t.certs.root)
    bad = t.caddy(f'# was\ntls {leaf} {key}\n# fix here\nreverse_proxy {far.at}', site='https://localhost:@PORT@')
    t.broken(bad.wss(), *ca)
    t.fixed(bad, bad.wss(), *ca, edit=lambda s: re.sub(r'/etc/\S+/fullchain.pem', chain, re.sub(r'/etc/\S+/privkey.pem', key, s)))


@case('tls-name-mismatch', 'nginx, openssl', healthy='a name the certificate has')
def _(t):
    part = behind(t, t.certs.leaf('other', names=('other.test', '*.chat.test')))
    resolve = lambda name: ('--cacert', t.certs.root, '--resolve', f'{name}:{part.port}:127.0.0.1')
    t.broken(part.wss(name='www.test'), *resolve('www.test'))
    t.healthy(part.wss(name='eu.chat.test'), *resolve('eu.chat.test'))


@case('tls-self-signed', 'nginx, openssl', healthy='the same certificate, trusted')
def _(t):
    own = t.certs.self_signed()
    t.broken(behind(t, own).wss())
    t.broken(behind(t, own).wss(), '--cacert', t.certs.root)
    t.healthy(behind(t, own).wss(), '--cacert', own[0])


@case('tls-self-signed', 'stunnel, openssl', healthy='stunnel with a chain', name='tls-self-signed-stunnel')
def _(t):
    far = t.echo()
    t.broken(t.stunnel(far, t.certs.self_signed()).wss())
    t.healthy(t.stunnel(far, t.certs.leaf()).wss(), '--cacert', t.certs.root)


@case('tls-wss-to-plain-port', 'nginx, ws', healthy='ws:// to the same port')
def _(t):
    part = t.nginx(t.proxied(t.echo()))
    t.broken(part.wss())
    t.healthy(part.ws())


@case('tls-wss-to-plain-port', 'ws', healthy='ws:// to the same port', name='tls-wss-to-plain-node')
def _(t):
    part = t.echo()
    t.broken(part.wss())
    t.healthy(part.ws())


@case('tls-ws-to-tls-port', 'nginx, openssl', healthy='wss:// to the same port')
def _(t):
    part = behind(t, t.certs.leaf())
    t.broken(part.ws())
    t.healthy(part.wss(), '--cacert', t.certs.root)


@case('tls-ws-to-tls-port', 'stunnel, openssl', healthy='wss:// to the same port', name='tls-ws-to-stunnel')
def _(t):
    part = t.stunnel(t.echo(), t.certs.leaf())
    t.broken(part.ws())
    t.healthy(part.wss(), '--cacert', t.certs.root)


@case('tls-ws-to-tls-port', 'haproxy, openssl', healthy='wss:// to the same port', name='tls-ws-to-haproxy')
def _(t):
    chain, key, _ = t.certs.leaf()
    both = chain + '.both'
    with open(both, 'w') as f:
        f.write(open(chain).read() + open(key).read())
    part = t.haproxy(f'listen lab\n    bind @LISTEN@ ssl crt {both} alpn http/1.1\n    server one {t.echo().at}\n')
    t.broken(part.ws())
    t.healthy(part.wss(), '--cacert', t.certs.root)


@case('tls-ws-to-tls-port', 'apache, openssl', healthy='wss:// to the same port', name='tls-ws-to-apache')
def _(t):
    part = t.apache(f'ProxyPass / http://{t.echo().at}/ upgrade=websocket', tls=t.certs.leaf())
    t.broken(part.ws())
    t.healthy(part.wss(), '--cacert', t.certs.root)


@case('tls-client-cert-required', 'nginx, openssl', healthy='with the certificate; one merely asked for')
def _(t):
    mine = t.certs.leaf('me', names=('ann',), usage='clientAuth')
    ask = f'ssl_client_certificate {t.certs.root};\nssl_verify_depth 3;\nssl_verify_client %s;\n'
    bad = behind(t, t.certs.leaf(), (ask % 'on').replace('client on;', 'client on; # was') + '# fix here\n')
    t.healthy(bad.wss(), '--cacert', t.certs.root, '--cert', mine[0], '--key', mine[1])
    t.broken(bad.wss(), '--cacert', t.certs.root)
    t.fixed(bad, bad.wss(), '--cacert', t.certs.root)
    t.healthy(behind(t, t.certs.leaf(), ask % 'optional').wss(), '--cacert', t.certs.root)


@case('tls-client-cert-required', 'stunnel, openssl', healthy='with the certificate', name='tls-client-cert-alert')
def _(t):
    mine = t.certs.leaf('me', names=('ann',), usage='clientAuth')
    bad = t.stunnel(t.echo(), t.certs.leaf(), f'verifyChain = yes\nCAfile = {t.certs.root}')
    t.broken(bad.wss(), '--cacert', t.certs.root)
    t.healthy(bad.wss(), '--cacert', t.certs.root, '--cert', mine[0], '--key', mine[1])


@case('tls-redirect-tls-offload-loop', 'nginx, node, ws', healthy='X-Forwarded-Proto is passed on')
def _(t):
    far = t.node('''
const server = http.createServer((q, r) => {
    if (q.headers['x-forwarded-proto'] === 'https') { r.writeHead(404); return r.end(); }
    r.writeHead(301, { Location: 'https://' + q.headers.host + q.url });
    r.end();
});
const wss = new WebSocketServer({ noServer: true });
server.on('upgrade', (q, s, h) => {
    if (q.headers['x-forwarded-proto'] === 'https') return wss.handleUpgrade(q, s, h, w => w.on('error', () => {}));
    s.end('HTTP/1.1 301 Moved Permanently\\r\\nLocation: https://' + q.headers.host + q.url + '\\r\\nContent-Length: 0\\r\\nConnection: close\\r\\n\\r\\n');
});
server.listen(port, host);
''')
    host = 'proxy_set_header Host $http_host;\n'
    tls = t.certs.leaf()
    bad = t.nginx(t.proxied(far, host + '    # fix here'), tls=tls)
    t.broken(bad.wss('/chat'), '--cacert', t.certs.root)
    t.fixed(bad, bad.wss('/chat'), '--cacert', t.certs.root)
    t.healthy(t.nginx(t.proxied(far, host + 'proxy_set_header X-Forwarded-Proto $scheme;'), tls=tls).wss('/chat'), '--cacert', t.certs.root)


@case('proxy-antivirus-or-tls-inspection', 'nginx, openssl', healthy='a private root that is trusted')
def _(t):
    box = Certs(t.folder + '/box', issuer='Zscaler')
    t.broken(behind(t, box.leaf()).wss(), '--cacert', t.certs.root)
    good(t)


@case('tls-cert-not-yet-valid', 'nginx, openssl', healthy='a certificate of today')
def _(t):
    t.broken(behind(t, t.certs.early()).wss(), '--cacert', t.certs.root)
    good(t)


@case('tls-client-root-store-old', 'nginx, openssl', healthy='a store with the root')
def _(t):
    public = Certs(t.folder + '/public', issuer="Let's Encrypt")
    part = behind(t, public.leaf())
    t.broken(part.wss(), '--cacert', t.certs.root)
    t.healthy(part.wss(), '--cacert', public.root)


@case('tls-client-cert-rejected', 'nginx, openssl', healthy='a certificate of the right authority')
def _(t):
    mine = t.certs.leaf('me', names=('ann',), usage='clientAuth')
    other = Certs(t.folder + '/other', issuer='elsewhere').leaf('me', names=('ann',), usage='clientAuth')
    bad = behind(t, t.certs.leaf(), f'''
ssl_verify_client on;
# was begin
ssl_client_certificate {t.certs.root};
ssl_verify_depth 3;
# was end
# fix here
''')
    theirs = ('--cacert', t.certs.root, '--cert', other[0], '--key', other[1])
    t.healthy(bad.wss(), '--cacert', t.certs.root, '--cert', mine[0], '--key', mine[1])
    t.broken(bad.wss(), *theirs)
    t.fixed(bad, bad.wss(), *theirs, edit=lambda s: s.replace('/etc/ssl/client-ca.pem', t.folder + '/other/root.pem'))


@case('tls-client-cert-rejected', 'stunnel, openssl', healthy='a certificate of the right authority', name='tls-client-cert-rejected-alert')
def _(t):
    mine = t.certs.leaf('me', names=('ann',), usage='clientAuth')
    other = Certs(t.folder + '/other', issuer='elsewhere').leaf('me', names=('ann',), usage='clientAuth')
    bad = t.stunnel(t.echo(), t.certs.leaf(), f'verifyChain = yes\nCAfile = {t.certs.root}')
    t.broken(bad.wss(), '--cacert', t.certs.root, '--cert', other[0], '--key', other[1])
    t.healthy(bad.wss(), '--cacert', t.certs.root, '--cert', mine[0], '--key', mine[1])


@case('tls-sni-rejected', 'nginx, openssl', healthy='a name that is served')
def _(t):
    tls = t.certs.leaf(names=('chat.test', 'caht.test'))
    front = t.nginx(t.proxied(t.echo()) + '\nserver_name chat.test; # was\n# fix here', tls=tls,
        http='server { listen @LISTEN@ ssl default_server; ssl_reject_handshake on; }')
    as_name = lambda name: (f'wss://{name}:{front.port}/', '--resolve', f'{name}:{front.port}:127.0.0.1', '--cacert', t.certs.root)
    t.healthy(*as_name('chat.test'))
    t.broken(*as_name('caht.test'))
    t.fixed(front, *as_name('caht.test'), edit=lambda s: s.replace('chat.example.com', 'caht.test'))


@case('tls-sni-rejected', 'haproxy, openssl', healthy='a name that is served', name='tls-sni-rejected-haproxy')
def _(t):
    chain, key, _ = t.certs.leaf()
    both = chain + '.both'
    with open(both, 'w') as f:
        f.write(open(chain).read() + open(key).read())
    front = t.haproxy(f'listen lab\n    bind @LISTEN@ ssl crt {both} strict-sni alpn http/1.1\n    server one {t.echo().at}\n')
    as_name = lambda name: (f'wss://{name}:{front.port}/', '--resolve', f'{name}:{front.port}:127.0.0.1', '--cacert', t.certs.root)
    t.broken(*as_name('caht.test'))
    t.healthy(*as_name('chat.test'))


@case('tls-handshake-failed', 'nginx, openssl', healthy='a protocol of today')
def _(t):
    bad = behind(t, t.certs.leaf(), 'ssl_protocols TLSv1; # was\n# fix here\n')
    t.broken(bad.wss(), '--cacert', t.certs.root)
    t.fixed(bad, bad.wss(), '--cacert', t.certs.root)
    t.healthy(behind(t, t.certs.leaf(), 'ssl_protocols TLSv1.2;\n').wss(), '--cacert', t.certs.root)


H2 = '''
const fs = require('fs'), http2 = require('http2');
const key = fs.readFileSync('%s'), cert = fs.readFileSync('%s');
const server = http2.createSecureServer({ %skey, cert });
new WebSocketServer({ server }).on('connection', s => s.on('error', () => {}));
server.listen(port, host);
'''


@case('tls-no-http1', 'node, openssl', healthy='HTTP/1.1 too')
def _(t):
    chain, key, _ = t.certs.leaf()
    ca = ('--cacert', t.certs.root)
    # node before 20 answers 403 instead of the alert
    t.broken(t.s_server(t.certs.leaf(), '-alpn', 'h2').wss(), *ca)
    t.healthy(t.node(H2 % (key, chain, 'allowHTTP1: true, ')).wss(), *ca)
