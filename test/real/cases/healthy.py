"""Healthy set-ups that a naive tool raises an alarm for: not a single error or warning."""
import time

from lab.case import healthy_case
from lab.process import free_port


def behind(t, **where):
    return t.nginx(t.proxied(t.echo()), tls=t.certs.leaf(), **where)


@healthy_case('nginx-http2', 'nginx: h2 offered, the Upgrade over HTTP/1.1')
def _(t):
    t.healthy(behind(t, listen='http2').wss(), '--cacert', t.certs.root)


@healthy_case('apache-http2', 'apache: the same')
def _(t):
    front = t.apache(f'Protocols h2 http/1.1\nProxyPass / http://{t.echo().at}/ upgrade=websocket', modules=('http2',), tls=t.certs.leaf())
    t.healthy(front.wss(), '--cacert', t.certs.root)


@healthy_case('caddy-http3', 'caddy: h2, and Alt-Svc for h3')
def _(t):
    chain, key, _ = t.certs.leaf()
    front = t.caddy(f'tls {chain} {key}\nreverse_proxy {t.echo().at}', site='https://localhost:@PORT@')
    t.healthy(front.wss(), '--cacert', t.certs.root)


@healthy_case('nghttpx', 'nghttpx: extended CONNECT works')
def _(t):
    t.healthy(t.nghttpx(t.echo(), t.certs.leaf()).wss(), '--cacert', t.certs.root)


@healthy_case('backend-self-signed', 'nginx to a backend whose certificate nobody checks')
def _(t):
    far = t.nginx(t.proxied(t.echo()), tls=t.certs.self_signed())
    t.healthy(t.nginx(t.HEADERS + f'location / {{ proxy_pass https://{far.at}; }}').ws())


@healthy_case('three-proxies', 'nginx, haproxy, apache in a row')
def _(t):
    apache = t.apache(f'ProxyPass / http://{t.echo().at}/ upgrade=websocket')
    haproxy = t.haproxy(f'listen lab\n    bind @LISTEN@\n    server one {apache.at}\n')
    t.healthy(t.nginx(t.proxied(haproxy)).ws(), '--idle', '1s', '--echo', '--size', '200000')


@healthy_case('no-proxy_http_version', 'nginx without proxy_http_version before node, which takes 1.0')
def _(t):
    far = t.echo()
    t.healthy(t.nginx(f'''
location / {{
    proxy_pass http://{far.at};
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection $connection_upgrade;
}}''').ws())


@healthy_case('big-greeting', 'ws: 1 MB before anything else')
def _(t):
    t.healthy(t.echo(on="s.send('x'.repeat(1000000));").ws())


@healthy_case('steady-push', 'ws: a frame every 5 ms')
def _(t):
    t.healthy(t.echo(on="const i = setInterval(() => s.send(Buffer.alloc(5000)), 5); s.on('close', () => clearInterval(i));").ws())


@healthy_case('slow-upgrade', 'ws: the 101 after 1.5 s')
def _(t):
    t.healthy(t.echo('verifyClient: (i, done) => setTimeout(() => done(true), 1500)').ws())


@healthy_case('deflate', 'ws, python-websockets: permessage-deflate both ways')
def _(t):
    for options in ('threshold: 0', 'threshold: 0, serverNoContextTakeover: true', 'threshold: 0, serverMaxWindowBits: 9'):
        far = t.echo(f'perMessageDeflate: {{ {options} }}', on="s.send('hello '.repeat(100));")
        t.healthy(far.ws(), '--echo', '--size', '200000')
    t.healthy(t.python_echo().ws(), '--echo', '--size', '200000')


@healthy_case('names-of-the-url', 'ws: http://, a bare host:port, IPv6 in brackets')
def _(t):
    far = t.echo()
    for url in (f'http://{far.at}/', far.at, t.echo(address='::1').ws()):
        t.healthy(url)


@healthy_case('socks5-tls', 'nginx behind SOCKS5')
def _(t):
    t.healthy(behind(t).wss(), '--cacert', t.certs.root, '-x', f'socks5://{t.socks5().at}')


@healthy_case('no-proxy', 'NO_PROXY is honoured, HTTPS_PROXY too')
def _(t):
    far, squid = behind(t), t.squid('http_access allow all\n')
    t.healthy(far.wss(), '--cacert', t.certs.root, env={'HTTPS_PROXY': f'http://127.0.0.1:{free_port()}', 'NO_PROXY': 'localhost'})
    t.healthy(far.wss(), '--cacert', t.certs.root, env={'HTTPS_PROXY': f'http://{squid.at}'})


@healthy_case('50-ms', 'a relay that adds 50 ms: within 12 round trips')
def _(t):
    far = t.relay(t.echo(), 25)
    began = time.monotonic()
    t.healthy(far.ws())
    took = time.monotonic() - began
    if not t.looking and took > 12 * 0.05 + 0.4:
        t.wrong(f'{took:.2f} s, more than 12 round trips of 50 ms and 0.4 s for the program')
