"""The handshake itself: headers lost on the way, wrong answers of the far end."""
from lab.case import case


@case('upg-headers-stripped', 'nginx, ws', healthy='nginx with the three lines')
def _(t):
    far = t.echo()
    bad = t.nginx(f'''
# was begin
location /ws {{
    proxy_pass http://{far.at};
}}
# was end
# fix here
''')
    t.broken(bad.ws('/ws'))
    t.fixed(bad, bad.ws('/ws'), far=far)
    t.healthy(t.nginx(t.proxied(far)).ws('/ws'))


@case('upg-headers-stripped', 'nginx, python-websockets', healthy='nginx with the three lines', name='upg-headers-stripped-python')
def _(t):
    far = t.python_echo()
    bad = t.nginx(f'''
location / {{
    proxy_pass http://{far.at};
    proxy_http_version 1.1;
}}''')
    t.broken(bad.ws())
    t.healthy(t.nginx(t.proxied(far)).ws())


@case('upg-headers-stripped', 'haproxy, ws', healthy='haproxy that leaves them', name='upg-headers-stripped-haproxy')
def _(t):
    far = t.echo()
    frontend = f'''
listen lab
    bind @LISTEN@
    %s
    server one {far.at}
'''
    bad = t.haproxy(frontend % 'http-request del-header Upgrade')
    t.broken(bad.ws())
    t.fixed(bad, bad.ws())
    t.healthy(t.haproxy(frontend % '').ws())


@case('upg-http10-upstream', 'nginx, python-websockets', healthy='proxy_http_version 1.1; node, which takes 1.0')
def _(t):
    far = t.python_echo()
    old = f'''
location / {{
    proxy_pass http://%s;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection $connection_upgrade;
    # fix here
}}'''
    bad = t.nginx(old % far.at)
    t.broken(bad.ws(), '--direct', far.ws())
    t.fixed(bad, bad.ws(), '--direct', far.ws())
    t.healthy(t.nginx(old % t.echo().at).ws())


@case('upg-invalid-key', 'ws', healthy='a pasted command with a valid key')
def _(t):
    far = t.echo()
    command = ('curl -i -N -H "Connection: Upgrade" -H "Upgrade: websocket" -H "Sec-WebSocket-Version: 13" '
        '-H "Sec-WebSocket-Key: %s" http://' + far.at + '/')
    t.mentioned(None, '--from-curl', command % 'test')
    t.healthy(None, '--from-curl', command % 'dGhlIHNhbXBsZSBub25jZQ==')


@case('upg-curl-command', 'ws', healthy='a command with all the headers')
def _(t):
    far = t.echo()
    t.mentioned(None, '--from-curl', f"curl -i -N -H 'Connection: Upgrade' -H 'Upgrade: websocket' http://{far.at}/?room=1&user=2")


@case('upg-cut', 'nginx, ws', healthy='a location that answers')
def _(t):
    bad = t.nginx(t.proxied(t.echo()) + 'location /gone { return 444; }')
    t.broken(bad.ws('/gone'))
    t.healthy(bad.ws('/'))


@case('upg-bad-version', 'nginx, ws', healthy='version 13 arrives')
def _(t):
    far = t.echo()
    t.broken(t.nginx(t.proxied(far, 'proxy_set_header Sec-WebSocket-Version 7;')).ws())
    t.healthy(t.nginx(t.proxied(far)).ws())


@case('upg-accept-mismatch', 'nginx, ws', healthy='the key is passed on as it came')
def _(t):
    far = t.echo()
    t.broken(t.nginx(t.proxied(far, 'proxy_set_header Sec-WebSocket-Key "dGhlIHNhbXBsZSBub25jZQ==";')).ws())
    t.healthy(t.nginx(t.proxied(far)).ws())


@case('upg-101-missing-connection', 'ws', healthy='Connection: keep-alive, Upgrade, in odd case')
def _(t):
    def far(change):
        return t.node(f'''
const wss = new WebSocketServer({{ host, port }});
wss.on('headers', h => {{ {change} }});
wss.on('connection', s => s.on('error', () => {{}}));
''')
    t.broken(far("h.splice(h.indexOf('Connection: Upgrade'), 1);").ws())
    t.broken(far("h.splice(h.indexOf('Upgrade: websocket'), 1);").ws())
    t.healthy(far("h[1] = 'upgrade: WebSocket'; h[2] = 'cOnnection: keep-alive, Upgrade';").ws())


@case('upg-subprotocol-not-echoed', 'nginx, ws', healthy='nginx passes Sec-WebSocket-Protocol')
def _(t):
    far = t.echo()
    bad = t.nginx(t.proxied(far, 'proxy_set_header Sec-WebSocket-Protocol "";'))
    t.healthy(bad.ws())
    t.broken(bad.ws(), '--subprotocol', 'ocpp1.6')
    t.fixed(bad, bad.ws(), '--subprotocol', 'ocpp1.6')
    t.healthy(t.nginx(t.proxied(far)).ws(), '--subprotocol', 'ocpp1.6')


@case('upg-subprotocol-unsolicited', 'nginx, ws', healthy='the server selects what was offered')
def _(t):
    far = t.echo()
    bad = t.nginx(t.proxied(far, 'add_header Sec-WebSocket-Protocol ocpp1.6 always;'))
    t.broken(bad.ws())
    t.fixed(bad, bad.ws())
    t.healthy(t.nginx(t.proxied(far)).ws(), '--subprotocol', 'ocpp1.6')


@case('upg-subprotocol-required', 'ws', healthy='the subprotocol is offered')
def _(t):
    far = t.echo("verifyClient: (i, done) => done(/ocpp1[.]6/.test(i.req.headers['sec-websocket-protocol'] || ''), 400)")
    t.broken(far.ws())
    t.healthy(far.ws(), '--subprotocol', 'ocpp1.6')


GRAPHQL = '''
const { useServer } = require('graphql-ws/lib/use/ws');
const { buildSchema } = require('graphql');
const server = new WebSocketServer({ host, port, path: '/graphql', handleProtocols: %s });
useServer({ schema: buildSchema('type Query { hello: String }') }, server);
'''


@case('upg-subprotocol-required', 'ws', healthy='the subprotocol is offered', name='upg-subprotocol-required-close')
def _(t):
    far = t.echo(on="if (s.protocol !== 'ocpp1.6') s.close(1002, 'ocpp1.6 only');")
    t.broken(far.ws())
    t.healthy(far.ws(), '--subprotocol', 'ocpp1.6')


@case('gql-subprotocol-mismatch', 'graphql-ws', healthy='graphql-transport-ws is offered')
def _(t):
    far = t.node(GRAPHQL % "p => p.has('graphql-transport-ws') ? 'graphql-transport-ws' : false")
    t.broken(far.ws('/graphql'), '--subprotocol', 'graphql-ws')
    t.healthy(far.ws('/graphql'), '--subprotocol', 'graphql-transport-ws')
    # it ends a connection on which connection_init was not said for 3 s
    t.healthy(far.ws('/graphql'), '--subprotocol', 'graphql-transport-ws', '--idle', '4s')


@case('ext-invalid-params', 'nginx, ws', healthy='the offer arrives as it was sent')
def _(t):
    far = t.echo('perMessageDeflate: true')
    bad = t.nginx(t.proxied(far, 'proxy_set_header Sec-WebSocket-Extensions "permessage-deflate; server_max_window_bits=99"; # was\n    # fix here'))
    t.broken(bad.ws())
    t.fixed(bad, bad.ws())
    t.healthy(t.nginx(t.proxied(far)).ws())


@case('ext-empty-extensions-header', 'haproxy, ws', healthy='no such header at all')
def _(t):
    far = t.echo()
    frontend = f'''
listen lab
    bind @LISTEN@
    %s
    server one {far.at}
'''
    t.broken(t.haproxy(frontend % 'http-response set-header Sec-WebSocket-Extensions %[str()]').ws())
    t.healthy(t.haproxy(frontend % '').ws())


@case('ext-proxy-renegotiation', 'nginx, ws', healthy='the agreement of the backend reaches the client', name='ext-proxy-renegotiation-spurned')
def _(t):
    # The proxy promises a compression that the backend knows nothing of: the first message of a client is its last.
    far = t.echo()
    bad = t.nginx(t.proxied(far, 'add_header Sec-WebSocket-Extensions permessage-deflate always;'))
    t.broken(bad.ws(), '--echo', '--direct', far.ws())
    t.broken(bad.ws(), '--echo')
    t.healthy(t.nginx(t.proxied(far)).ws(), '--echo', '--direct', far.ws())


@case('ext-proxy-renegotiation', 'nginx, ws', healthy='both sides see the same extensions')
def _(t):
    # A proxy may decline compression: information.
    far = t.echo('perMessageDeflate: true')
    bad = t.nginx(t.proxied(far, 'proxy_set_header Sec-WebSocket-Extensions "";'))
    t.mentioned(bad.ws(), '--direct', far.ws())
    t.healthy(t.nginx(t.proxied(far)).ws(), '--direct', far.ws())
