"""Sessions of Engine.IO that do not last: polls cut or doubled, heartbeats late."""
from lab.case import case

IDLE = ('--idle', '3500ms')


@case('eio-poll-cut-by-proxy', 'nginx, socket.io 4', healthy='a proxy that waits longer than the server pings')
def _(t):
    far = t.sio("transports: ['polling'], pingInterval: 2500")
    bad = t.nginx(t.proxied(far, 'proxy_read_timeout 1s; # was\n    # fix here'))
    t.broken(bad.http('/socket.io/'), *IDLE)
    t.fixed(bad, bad.http('/socket.io/'), *IDLE)
    t.healthy(t.nginx(t.proxied(far, 'proxy_read_timeout 60s;')).http('/socket.io/'), *IDLE)


@case('eio-poll-cut-by-proxy', 'haproxy, socket.io 4', healthy='a proxy that waits longer than the server pings', name='eio-poll-cut-haproxy')
def _(t):
    far = t.sio("transports: ['polling'], pingInterval: 2500")
    bad = t.haproxy_over([far], more='timeout server 1s # was\n    # fix here')
    t.broken(bad.http('/socket.io/'), *IDLE)
    t.fixed(bad, bad.http('/socket.io/'), *IDLE)


@case('eio-poll-overlap', 'nginx, socket.io 4', healthy='each request arrives once')
def _(t):
    # A mirror sends each poll twice.
    far = t.sio("transports: ['polling']")
    mirror = f'''
location = /mirror {{
    internal;
    proxy_pass http://{far.at}$request_uri;
}}
'''
    t.broken(t.nginx(mirror + t.proxied(far, 'mirror /mirror;')).http('/socket.io/'), *IDLE)
    t.healthy(t.nginx(mirror + t.proxied(far)).http('/socket.io/'), *IDLE)


BUSY = 'setInterval(() => { const end = Date.now() + 1600; while (Date.now() < end); }, 2100);'


@case('eio-event-loop-blocked', 'socket.io 4', healthy='a loop that is free')
def _(t):
    t.broken(t.sio('pingInterval: 300, pingTimeout: 5000', more=BUSY).http('/socket.io/'), *IDLE)
    t.healthy(t.sio('pingInterval: 300, pingTimeout: 5000').http('/socket.io/'), *IDLE)


@case('idle-nginx-read-timeout', 'nginx, socket.io 4', healthy='a server that pings within the limit', name='eio-idle-nginx')
def _(t):
    def front(interval):
        far = t.sio(f"pingInterval: {interval}, transports: ['websocket']")
        return t.nginx(t.proxied(far, 'proxy_read_timeout 2s;')).http('/socket.io/')
    t.broken(front(25000), *IDLE)
    t.healthy(front(500), *IDLE)


@case('eio-client-does-not-pong', 'socket.io 4', healthy='it is the silent connection that the server ends')
def _(t):
    t.mentioned(t.sio('pingInterval: 500, pingTimeout: 500').http('/socket.io/'), *IDLE)


SLOW = 'pingInterval: 300, maxHttpBufferSize: 1e7, '


def uphill(t, options):
    """A way on which 1 MB takes more than two seconds."""
    return t.relay(t.sio(SLOW + options), 0, 400000).http('/socket.io/')


@case('eio-big-upload-blocks-pong', 'socket.io 4', healthy='the same way, and a server that waits longer')
def _(t):
    t.broken(uphill(t, "pingTimeout: 400, transports: ['websocket']"), '--size', '1000000')
    t.healthy(uphill(t, "pingTimeout: 20000, transports: ['websocket']"), '--size', '300000')


@case('eio-big-upload-blocks-pong', 'socket.io 4', healthy='the same way, and a server that waits longer', name='eio-big-upload-polling')
def _(t):
    t.broken(uphill(t, "pingTimeout: 400, transports: ['polling']"), '--size', '1000000')
    t.healthy(uphill(t, "pingTimeout: 20000, transports: ['polling']"), '--size', '300000')
