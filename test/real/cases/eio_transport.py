"""Polling and WebSocket: which of them works, and why not the other."""
from lab.case import case


@case('upg-headers-stripped', 'nginx, socket.io 4', healthy='nginx with the three lines', name='eio-headers-stripped')
def _(t):
    far = t.sio()
    bad = t.nginx(f'''
# was begin
location /socket.io/ {{
    proxy_pass http://{far.at};
}}
# was end
# fix here
''')
    t.broken(bad.http('/socket.io/'))
    t.fixed(bad, bad.http('/socket.io/'), far=far, edit=lambda s: s.replace('/ws', '/socket.io/'))
    t.healthy(t.nginx(t.proxied(far)).http('/socket.io/'))


@case('upg-headers-stripped', 'haproxy, socket.io 4', healthy='haproxy that leaves them', name='eio-headers-stripped-haproxy')
def _(t):
    far = t.sio()
    t.broken(t.haproxy_over([far], more='http-request del-header Upgrade').http('/socket.io/'))
    t.healthy(t.haproxy_over([far]).http('/socket.io/'))


@case('upg-headers-stripped', 'nginx, python-socketio', healthy='nginx with the three lines', name='eio-headers-stripped-python')
def _(t):
    far = t.sio_asgi()
    host = 'proxy_set_header Host $http_host;'
    t.broken(t.nginx(f'location / {{ proxy_pass http://{far.at}; {host} }}').http('/socket.io/'))
    t.healthy(t.nginx(t.proxied(far, host)).http('/socket.io/'))


@case('upg-headers-stripped', 'caddy, socket.io 4', healthy='caddy that leaves them', name='eio-headers-stripped-caddy')
def _(t):
    far = t.sio()
    t.broken(t.caddy(f'reverse_proxy {far.at} {{\nheader_up -Upgrade\nheader_up -Connection\n}}').http('/socket.io/'))
    t.healthy(t.caddy(f'reverse_proxy {far.at}').http('/socket.io/'))


@case('proxy-apache-wstunnel-missing', 'apache, socket.io 4', healthy='upgrade=websocket', name='eio-apache-wstunnel')
def _(t):
    far = t.sio()
    t.broken(t.apache(f'ProxyPass / http://{far.at}/').http('/socket.io/'))
    t.healthy(t.apache(f'ProxyPass / http://{far.at}/ upgrade=websocket').http('/socket.io/'))


@case('proxy-node-ws-flag-missing', 'http-proxy, socket.io 4', healthy='ws: true', name='eio-node-ws-flag')
def _(t):
    far = t.sio()
    source = "require('http-proxy').createProxyServer({ target: 'http://%s', ws: %s }).on('error', () => {}).listen(port, host);"
    t.broken(t.node(source % (far.at, 'false')).http('/socket.io/'))
    t.healthy(t.node(source % (far.at, 'true')).http('/socket.io/'))


@case('eio-stuck-polling', 'haproxy, socket.io 4', healthy='the upgrade is let through')
def _(t):
    far = t.sio()
    deny = 'http-request deny deny_status 500 if { hdr(Upgrade) -i websocket }'
    t.broken(t.haproxy_over([far], more=deny).http('/socket.io/'), severity='warning')
    t.healthy(t.haproxy_over([far]).http('/socket.io/'))


@case('eio-websocket-transport-disabled', 'socket.io 4', healthy='polling alone is offered, and works')
def _(t):
    t.mentioned(t.sio("transports: ['polling']").http('/socket.io/'))
    t.healthy(t.sio().http('/socket.io/'))


@case('eio-websocket-transport-disabled', 'engine.io', healthy='polling alone is offered, and works', name='eio-polling-only-engineio')
def _(t):
    t.mentioned(t.eio("transports: ['polling']").http('/engine.io/'))


@case('eio-websocket-transport-disabled', 'python-socketio', healthy='threads without a WebSocket library', name='eio-polling-only-wsgi')
def _(t):
    t.mentioned(t.sio_wsgi().http('/socket.io/'))


@case('eio-websocket-transport-disabled', 'socket.io 4', healthy='both transports', name='eio-websocket-asked')
def _(t):
    t.broken(t.sio("transports: ['polling']").ws('/socket.io/?EIO=4&transport=websocket'))
    t.healthy(t.sio().ws('/socket.io/?EIO=4&transport=websocket'))


@case('eio-polling-transport-disabled', 'socket.io 4', healthy='WebSocket alone, and it works')
def _(t):
    t.mentioned(t.sio("transports: ['websocket']").http('/socket.io/'))
    t.healthy(t.sio("transports: ['websocket']").ws('/socket.io/?EIO=4&transport=websocket'))


@case('eio-upgrade-timeout', 'nginx, socket.io 4', healthy='a server that waits longer')
def _(t):
    def far(patience):
        app = t.sio(f'upgradeTimeout: {patience}')
        slow = t.relay(app, 400)
        return t.nginx(f'''
location / {{
    set $where {app.at};
    if ($arg_transport = websocket) {{ set $where {slow.at}; }}
    proxy_pass http://$where;
    {t.HEADERS}
}}''')
    t.broken(far(300).http('/socket.io/'))
    t.healthy(far(10000).http('/socket.io/'))


@case('eio-compressed-polling', 'nginx, socket.io 4', healthy='nginx that compresses what it labels so')
def _(t):
    far = t.sio()
    t.broken(t.nginx(t.proxied(far, 'add_header Content-Encoding gzip always;')).http('/socket.io/'))
    t.healthy(t.nginx(t.proxied(far, 'gzip on; gzip_min_length 1; gzip_types *;')).http('/socket.io/'))


@case('http-body-too-large-proxy', 'nginx, socket.io 4', healthy='client_max_body_size as large as the server takes', name='eio-body-too-large')
def _(t):
    far = t.sio()
    bad = t.nginx(t.proxied(far, 'client_max_body_size 1k; # was\n    # fix here'))
    t.broken(bad.http('/socket.io/'), '--size', '100000')
    t.fixed(bad, bad.http('/socket.io/'), '--size', '100000')
    t.healthy(t.nginx(t.proxied(far, 'client_max_body_size 2m;')).http('/socket.io/'), '--size', '100000')


@case('eio-payload-too-large', 'socket.io 4', healthy='a limit above what is sent')
def _(t):
    bad = t.sio("maxHttpBufferSize: 2000, transports: ['polling']")
    t.broken(bad.http('/socket.io/'), '--size', '100000')
    t.fixed(bad, bad.http('/socket.io/'), '--size', '100000', edit=lambda s: f'const io = {s};')
    t.healthy(t.sio().http('/socket.io/'), '--size', '100000')


@case('eio-payload-too-large', 'socket.io 4', healthy='a limit above what is sent', name='eio-payload-too-large-websocket')
def _(t):
    t.broken(t.sio("maxHttpBufferSize: 2000, transports: ['websocket']").http('/socket.io/'), '--size', '100000')
    t.healthy(t.sio("transports: ['websocket']").http('/socket.io/'), '--size', '100000')
