"""Several replicas: who remembers which session."""
from lab.case import case


def replicas(t, count=2, options='', **more):
    return [t.sio(options, **more) for _ in range(count)]


@case('sticky-missing', 'nginx, socket.io 4', healthy='ip_hash')
def _(t):
    fars = replicas(t)
    members = ' '.join(f'server {f.at};' for f in fars)
    bad = t.nginx(t.proxied(fars[0]).replace(fars[0].at, 'backend'), http=f'# was begin\nupstream backend {{ {members} }}\n# was end\n# fix here')
    t.broken(bad.http('/socket.io/'))
    t.fixed(bad, bad.http('/socket.io/'), edit=lambda s: s.replace('app1:3000', fars[0].at).replace('app2:3000', fars[1].at))
    t.healthy(t.nginx_over(fars, 'ip_hash;').http('/socket.io/'))


@case('sticky-missing', 'haproxy, socket.io 4', healthy='a cookie of HAProxy', name='sticky-missing-haproxy')
def _(t):
    fars = replicas(t, 4)
    t.broken(t.haproxy_over(fars).http('/socket.io/'))
    t.healthy(t.haproxy_over(fars, 'SRV insert indirect nocache').http('/socket.io/'))
    bad = t.haproxy(f'''
listen lab
    bind @LISTEN@
    balance roundrobin
    # fix here
    server s0 {fars[0].at} # was
    server s1 {fars[1].at} # was
''')
    t.broken(bad.http('/socket.io/'))
    t.fixed(bad, bad.http('/socket.io/'), edit=lambda s: s.replace('10.0.0.1:3000', fars[0].at).replace('10.0.0.2:3000', fars[1].at))


@case('sticky-missing', 'caddy, socket.io 4', healthy='lb_policy cookie', name='sticky-missing-caddy')
def _(t):
    fars = replicas(t)
    text = 'reverse_proxy ' + ' '.join(f.at for f in fars) + ' {\nlb_policy %s\n}'
    t.broken(t.caddy(text % 'round_robin').http('/socket.io/'))
    t.healthy(t.caddy(text % 'cookie').http('/socket.io/'))


@case('sticky-missing', 'apache, socket.io 4', healthy='stickysession', name='sticky-missing-apache')
def _(t):
    fars = replicas(t)
    members = '\n'.join(f'BalancerMember http://{f.at} route=r{i} upgrade=websocket' for i, f in enumerate(fars))
    text = f'''%s
<Proxy "balancer://app">
{members}
%s
</Proxy>
ProxyPass / balancer://app/
'''
    modules = ('proxy_balancer', 'lbmethod_byrequests', 'slotmem_shm')
    t.broken(t.apache(text % ('', ''), modules=modules).http('/socket.io/'))
    t.healthy(t.apache(text % ('Header add Set-Cookie "ROUTEID=.%%{BALANCER_WORKER_ROUTE}e; path=/" env=BALANCER_ROUTE_CHANGED'
        .replace('%%', '%'), 'ProxySet stickysession=ROUTEID'), modules=modules).http('/socket.io/'))


@case('sticky-missing', 'nginx, python-socketio', healthy='ip_hash', name='sticky-missing-python')
def _(t):
    fars = [t.sio_asgi() for _ in range(2)]
    host = 'proxy_set_header Host $http_host;'
    t.broken(t.nginx_over(fars, more=host).http('/socket.io/'))
    t.healthy(t.nginx_over(fars, 'ip_hash;', host).http('/socket.io/'))


@case('sticky-missing', 'nginx, socket.io 2', healthy='ip_hash', name='sticky-missing-v2')
def _(t):
    fars = replicas(t, version=2)
    t.broken(t.nginx_over(fars).http('/socket.io/'), '--eio', '3')
    t.healthy(t.nginx_over(fars, 'ip_hash;').http('/socket.io/'), '--eio', '3')


@case('sticky-missing', 'nginx, socket.io 4', healthy='replicas that take WebSocket alone need no affinity', name='sticky-websocket-only')
def _(t):
    fars = replicas(t, 3, "transports: ['websocket']")
    t.healthy(t.nginx_over(fars).http('/socket.io/'))
    t.healthy(t.haproxy_over(fars).http('/socket.io/'))
    t.healthy(t.caddy('reverse_proxy ' + ' '.join(f.at for f in fars) + ' {\nlb_policy round_robin\n}').http('/socket.io/'))
    t.healthy(t.nginx_over(replicas(t)).ws('/socket.io/?EIO=4&transport=websocket'))


@case('sticky-missing', 'nginx, socket.io 4', healthy='one replica, whose polls the proxy cuts', name='sticky-missing-not-poll-cut')
def _(t):
    far = t.sio("transports: ['polling'], pingInterval: 2500")
    t.without(t.nginx(t.proxied(far, 'proxy_read_timeout 1s;')).http('/socket.io/'), '--idle', '4s')


CLUSTER = '''
const cluster = require('cluster');
if (cluster.isPrimary) {
    // all listen in the same moment, or the first would serve the port alone for a while
    let waiting = %d;
    for (let i = waiting; i; i--) cluster.fork().on('message', () => {
        if (!--waiting) Object.values(cluster.workers).forEach(w => w.send('listen'));
    });
} else {
    const server = http.createServer((q, r) => { r.writeHead(404); r.end(); });
    new (require('socket.io4').Server)(server);
    process.on('message', () => server.listen(port, host));
    process.send('here');
}
'''


@case('sticky-missing', 'node cluster, socket.io 4', healthy='one process', name='sticky-per-process')
def _(t):
    t.broken(t.node(CLUSTER % 3).http('/socket.io/'))
    t.healthy(t.node(CLUSTER % 1).http('/socket.io/'))


@case('sticky-missing', 'node cluster, socket.io 4', healthy='one process', name='sticky-two-processes')
def _(t):
    # Two that take turns: a client whose every other connection is for something else meets the same one each time.
    far = t.node(CLUSTER % 2)
    for _ in range(4):
        t.broken(far.http('/socket.io/'))


@case('sticky-client-no-cookie-jar', 'haproxy, socket.io 4', healthy='affinity by address needs no cookie')
def _(t):
    fars = replicas(t)
    t.mentioned(t.haproxy_over(fars, 'SRV insert indirect nocache').http('/socket.io/'))
    t.unmentioned(t.haproxy_over(fars, more='balance source').http('/socket.io/'))


@case('sticky-per-process', 'haproxy, node cluster, socket.io 4', healthy='one process behind the cookie', name='sticky-per-process-cookie')
def _(t):
    def front(count):
        return t.haproxy_over([t.node(CLUSTER % count)], 'SRV insert indirect nocache').http('/socket.io/')
    t.broken(front(3))
    t.healthy(front(1))


def secured(t, credentials, more=''):
    """Two replicas by cookie behind TLS; `more`: words of the cookie line."""
    chain = t.certs.leaf()
    pem = chain[0] + '.both'
    with open(pem, 'w') as f:
        f.write(open(chain[0]).read() + open(chain[1]).read())
    fars = replicas(t, options=f"cors: {{ origin: 'https://app.example.com', credentials: {credentials} }}")
    return t.haproxy_over(fars, 'SRV insert indirect nocache' + more, f'ssl crt {pem}').https('/socket.io/')


PAGE = ('--origin', 'https://app.example.com')


@case('sticky-cookie-not-sent', 'haproxy, socket.io 4', healthy='credentials are allowed; a page of the same origin')
def _(t):
    ca = ('--cacert', t.certs.root)
    bad = secured(t, 'false', ' secure attr SameSite=None')
    t.broken(bad, *PAGE, *ca)
    t.healthy(bad, *ca)
    t.mentioned(secured(t, 'true', ' secure attr SameSite=None'), *PAGE, *ca)


@case('sticky-cookie-samesite', 'haproxy, socket.io 4', healthy='SameSite=None; Secure')
def _(t):
    ca = ('--cacert', t.certs.root)
    t.broken(secured(t, 'true'), *PAGE, *ca)
    t.healthy(secured(t, 'true', ' secure attr SameSite=None'), *PAGE, *ca)
