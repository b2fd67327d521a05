"""What stands in front of Socket.IO: Apache, Caddy, HAProxy, nginx, TLS."""
import base64
import os

from lab.case import case, healthy_case
from lab.process import free_port

IO = '/socket.io/'
HOST = 'proxy_set_header Host $http_host;'


class Nobody:
    """A backend that does not run."""

    def __init__(self):
        self.port = free_port()
        self.address, self.at = '127.0.0.1', f'127.0.0.1:{self.port}'


def apache(t, far, more='', modules=()):
    return t.apache(f'ProxyPass / http://{far.at}/ upgrade=websocket {more}', modules=modules)


@healthy_case('sio-apache', 'apache in front of socket.io 2, 3, 4 and python-socketio')
def _(t):
    for far in (t.sio(), t.sio(version=3)):
        t.healthy(apache(t, far).http(IO))
    t.healthy(apache(t, t.sio(version=2)).http(IO), '--eio', '3')
    t.healthy(t.apache(f'ProxyPreserveHost On\nProxyPass / http://{t.sio_asgi().at}/ upgrade=websocket').http(IO))


@healthy_case('sio-apache-rewrite', 'apache with mod_proxy_wstunnel and a RewriteRule, as guides have it')
def _(t):
    far = t.sio()
    front = t.apache(f'''
RewriteEngine On
RewriteCond %{{HTTP:Upgrade}} websocket [NC]
RewriteRule /(.*) ws://{far.at}/$1 [P,L]
ProxyPass / http://{far.at}/
''', modules=('rewrite', 'proxy_wstunnel'))
    t.healthy(front.http(IO))


@healthy_case('sio-caddy', 'caddy in front of socket.io 2, 3, 4 and python-socketio')
def _(t):
    for far, more in ((t.sio(), ()), (t.sio(version=3), ()), (t.sio(version=2), ('--eio', '3')), (t.sio_asgi(), ())):
        t.healthy(t.caddy(f'reverse_proxy {far.at}').http(IO), *more)


@healthy_case('sio-haproxy', 'haproxy in front of socket.io 2, 3, 4 and python-socketio')
def _(t):
    for far, more in ((t.sio(), ()), (t.sio(version=3), ()), (t.sio(version=2), ('--eio', '3')), (t.sio_asgi(), ())):
        t.healthy(t.haproxy_over([far]).http(IO), *more)


@healthy_case('sio-three-proxies', 'nginx, haproxy, apache in a row, with TLS and HTTP/2 in front')
def _(t):
    front = t.nginx(t.proxied(t.haproxy_over([apache(t, t.sio())]), HOST), tls=t.certs.leaf(), listen='http2')
    t.healthy(front.https(IO), '--cacert', t.certs.root)


@case('eio-poll-cut-by-proxy', 'apache, socket.io 4', healthy='a Timeout beyond pingInterval', name='eio-poll-cut-apache')
def _(t):
    far = t.sio("transports: ['polling'], pingInterval: 2500")
    t.broken(apache(t, far, 'timeout=1').http(IO), '--idle', '3s')
    t.healthy(apache(t, far, 'timeout=60').http(IO), '--idle', '3s')


@case('eio-poll-cut-by-proxy', 'caddy, socket.io 4', healthy='no timeout of its own', name='eio-poll-cut-caddy')
def _(t):
    far = t.sio("transports: ['polling'], pingInterval: 2500")
    text = 'reverse_proxy %s {\ntransport http {\n%s\n}\n}'
    t.broken(t.caddy(text % (far.at, 'response_header_timeout 1s')).http(IO), '--idle', '3s')
    t.healthy(t.caddy(text % (far.at, 'dial_timeout 1s')).http(IO), '--idle', '3s')


@case('http-proxy-path-stripped', 'caddy, socket.io 4', healthy='handle, which keeps the path', name='sio-path-stripped-caddy')
def _(t):
    far = t.sio()
    text = '%s /socket.io/* {\nreverse_proxy %s\n}'
    t.broken(t.caddy(text % ('handle_path', far.at)).http(IO), '--direct', far.http(IO))
    t.healthy(t.caddy(text % ('handle', far.at)).http(IO), '--direct', far.http(IO))


@case('http-proxy-path-stripped', 'apache, socket.io 4', healthy='the same path on both sides', name='sio-path-stripped-apache')
def _(t):
    far = t.sio()
    t.broken(t.apache(f'ProxyPass {IO} http://{far.at}/ upgrade=websocket').http(IO), '--direct', far.http(IO))
    t.healthy(t.apache(f'ProxyPass {IO} http://{far.at}{IO} upgrade=websocket').http(IO), '--direct', far.http(IO))


@case('proxy-upstream-refused-502', 'nginx', healthy='the backend runs', name='sio-upstream-refused')
def _(t):
    t.broken(t.nginx(t.proxied(Nobody())).http(IO))
    t.healthy(t.nginx(t.proxied(t.sio())).http(IO))


@case('proxy-upstream-refused-502', 'caddy', healthy='the backend runs', name='sio-upstream-refused-caddy')
def _(t):
    t.broken(t.caddy(f'reverse_proxy {Nobody().at}').http(IO))


@case('proxy-no-healthy-backend-503', 'haproxy', healthy='a server that passes its check', name='sio-no-backend')
def _(t):
    t.broken(t.haproxy_over([Nobody()], more='retries 0').http(IO))
    t.healthy(t.haproxy_over([t.sio()]).http(IO))


@case('proxy-no-healthy-backend-503', 'apache', healthy='the backend runs', name='sio-no-backend-apache')
def _(t):
    t.broken(apache(t, Nobody()).http(IO))


@case('proxy-upstream-silent-504', 'nginx, node', healthy='the backend answers', name='sio-upstream-silent')
def _(t):
    far = t.node('net.createServer(() => {}).listen(port, host);')
    t.broken(t.nginx(t.proxied(far, 'proxy_read_timeout 1s;')).http(IO))


@case('http-auth-proxy-401', 'nginx, socket.io 4', healthy='with the credentials', name='sio-auth-proxy-401')
def _(t):
    front = t.nginx(t.proxied(t.sio(), 'auth_basic lab; auth_basic_user_file @DIR@/users;'))
    with open(os.path.join(os.path.dirname(front.path), 'users'), 'w') as f:
        f.write('me:{PLAIN}secret\n')
    t.broken(front.http(IO))
    t.healthy(front.http(IO), '-H', 'Authorization: Basic ' + base64.b64encode(b'me:secret').decode())


@case('http-redirect-on-upgrade', 'nginx, socket.io 4', healthy='the final URL', name='sio-redirect-to-tls')
def _(t):
    front = t.nginx(t.proxied(t.sio()), tls=t.certs.leaf())
    plain = t.nginx(f'return 301 https://localhost:{front.port}$request_uri;')
    t.broken(plain.http(IO), '--cacert', t.certs.root)
    t.healthy(front.https(IO), '--cacert', t.certs.root)


@case('http-rate-limited', 'nginx, socket.io 4', healthy='a limit that is not reached', name='sio-rate-limited')
def _(t):
    far = t.sio()
    zone = 'limit_req_zone $binary_remote_addr zone=one:1m rate=%s; limit_req_status 429;'
    t.broken(t.nginx(t.proxied(far, 'limit_req zone=one;'), http=zone % '1r/m').http(IO))
    t.healthy(t.nginx(t.proxied(far, 'limit_req zone=one burst=100 nodelay;'), http=zone % '10r/s').http(IO))


@case('eio-response-buffered', 'nginx, socket.io 4', healthy='the same limit without a delay', name='eio-response-held-back')
def _(t):
    # Answers to polls are complete when they are sent, so buffers hold nothing back: only what delays requests does.
    stream = "s.on('ask', async (q, done) => { for (let i = 0; i < 10; i++) { await new Promise(r => setTimeout(r, 20)); s.emit('token', i); } });"
    far = t.sio("transports: ['polling']", stream)
    zone = 'limit_req_zone $binary_remote_addr zone=perip:1m rate=170r/m;'
    ask = ('--emit', 'ask 1', '--stream', 'token')
    bad = t.nginx(t.proxied(far, 'limit_req zone=perip burst=100; # was\n    # fix here'), http=zone)
    t.broken(bad.http(IO), *ask)
    t.fixed(bad, bad.http(IO), *ask)


@healthy_case('sio-proxy-buffering', 'nginx with proxy_buffering and gzip, a stream by polling')
def _(t):
    far = t.sio("transports: ['polling']", "s.on('ask', async () => { for (let i = 0; i < 10; i++) { await new Promise(r => setTimeout(r, 40)); s.emit('token', i); } });")
    front = t.nginx(t.proxied(far, 'proxy_buffering on; proxy_buffers 64 64k; gzip on; gzip_min_length 1; gzip_types *;'))
    t.healthy(front.http(IO), '--emit', 'ask 1', '--stream', 'token')


@case('tls-cert-expired', 'nginx, socket.io 4', healthy='the renewed certificate', name='sio-cert-expired')
def _(t):
    far = t.sio()
    ca = ('--cacert', t.certs.root)
    t.broken(t.nginx(t.proxied(far), tls=t.certs.expired()).https(IO), *ca)
    t.healthy(t.nginx(t.proxied(far), tls=t.certs.leaf()).https(IO), *ca)


@healthy_case('sio-haproxy-http2', 'haproxy with TLS, with and without HTTP/2')
def _(t):
    chain = t.certs.leaf()
    pem = chain[0] + '.both'
    with open(pem, 'w') as f:
        f.write(open(chain[0]).read() + open(chain[1]).read())
    far = t.sio()
    ca = ('--cacert', t.certs.root)
    t.healthy(t.haproxy_over([far], bind=f'ssl crt {pem} alpn http/1.1').https(IO), *ca)
    t.healthy(t.haproxy_over([far], bind=f'ssl crt {pem} alpn h2,http/1.1').https(IO), *ca)


@case('http-body-too-large-proxy', 'caddy, socket.io 4', healthy='a limit as large as the server\'s', name='eio-body-too-large-caddy')
def _(t):
    far = t.sio()
    bad = t.caddy('# was begin\nrequest_body {\nmax_size 1KB\n}\n# was end\n# fix here\nreverse_proxy ' + far.at)
    t.broken(bad.http(IO), '--size', '100000')
    t.fixed(bad, bad.http(IO), '--size', '100000')


@case('idle-proxy-timeout', 'haproxy, socket.io 4', healthy='a server that pings within the limit', name='eio-idle-haproxy')
def _(t):
    def front(interval):
        far = t.sio(f"pingInterval: {interval}, transports: ['websocket']")
        return t.haproxy_over([far], more='timeout tunnel 1500ms').http(IO)
    t.broken(front(25000), '--idle', '3s')
    t.healthy(front(500), '--idle', '3s')


@case('limit-nginx-worker-connections', 'nginx, socket.io 4', healthy='enough worker_connections', name='sio-worker-connections')
def _(t):
    far = t.sio()
    front = t.nginx(t.proxied(far), events='worker_connections 13;')
    t.hold(front, IO + '?EIO=4&transport=websocket', 5)
    t.broken(front.http(IO))
