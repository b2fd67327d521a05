"""Pairs that look the same to a client of Socket.IO: the one, and beside it the other."""
from lab.case import case

IO = '/socket.io/'
PAGE = ('--origin', 'https://app.example.com')


FORGETFUL = '''
let first = true;
io.engine.on('connection', () => {
    if (first) setImmediate(() => { for (const id of Object.keys(io.engine.clients)) delete io.engine.clients[id]; });
    first = false;
});
'''


@case('sticky-lost-after-deploy', 'socket.io 4', healthy='a server that forgot its sessions once is well; two servers are not')
def _(t):
    t.mentioned(t.sio('pingInterval: 800', more=FORGETFUL).http(IO))
    t.without(t.nginx_over([t.sio(), t.sio()]).http(IO))


@case('sticky-missing', 'socket.io 4', healthy='a server that forgot its sessions once, as a restart does', name='sticky-missing-not-restart')
def _(t):
    t.without(t.sio('pingInterval: 800', more=FORGETFUL).http(IO))


@case('sticky-missing', 'nginx, socket.io 4', healthy='one of them; a page of another origin makes no difference', name='sticky-missing-cross-origin')
def _(t):
    fars = [t.sio("cors: { origin: 'https://app.example.com', credentials: true }") for _ in range(3)]
    t.broken(t.nginx_over(fars).http(IO), *PAGE)
    t.healthy(t.nginx_over(fars[:1]).http(IO), *PAGE)


@case('upg-invalid-key', 'socket.io 4', healthy='a pasted command with a valid key', name='eio-invalid-key')
def _(t):
    far = t.sio()
    command = ('curl -i -N -H "Connection: Upgrade" -H "Upgrade: websocket" -H "Sec-WebSocket-Version: 13" '
        '-H "Sec-WebSocket-Key: %s" "http://' + far.at + IO + '?EIO=4&transport=websocket"')
    t.mentioned(None, '--from-curl', command % 'test')
    t.healthy(None, '--from-curl', command % 'dGhlIHNhbXBsZSBub25jZQ==')


@case('sio-version-v2-client', 'socket.io 4', healthy='polling alone, with a client of version 4', name='sio-version-not-polling-only')
def _(t):
    far = t.sio("transports: ['polling']")
    t.broken(far.http(IO), '--eio', '3')
    t.healthy(far.http(IO))


@case('sio-version-v2-client', 'socket.io 4', healthy='allowEIO3', name='sio-version-v2-client-websocket')
def _(t):
    # The refusal is written behind the 101.
    t.broken(t.sio("transports: ['websocket']").http(IO), '--eio', '3')
    t.healthy(t.sio("transports: ['websocket'], allowEIO3: true").http(IO), '--eio', '3')


@case('ws-two-servers-one-http', 'ws, socket.io 4', healthy='one upgrade listener that routes', name='sio-two-servers-one-http')
def _(t):
    def far(ws, route):
        return t.sio(more=f"const wss = new WebSocketServer({ws});\nwss.on('connection', s => s.on('error', () => {{}}));\n{route}").http(IO)
    t.broken(far("{ server, path: '/live' }", ''))
    t.broken(far("{ server }", ''))
    t.healthy(far('{ noServer: true }', "server.on('upgrade', (q, s, h) => { if (q.url === '/live') wss.handleUpgrade(q, s, h, c => wss.emit('connection', c)); });"))


@case('http-bot-or-waf-403', ours='nginx with the headers of a CDN', healthy='allowRequest, which says so in JSON', name='sio-waf-not-allowrequest')
def _(t):
    edge = 'server_tokens off;\nadd_header cf-ray 8f2f5c1b2a3c4d5e-FRA always;\n'
    page = 'default_type text/html; return 403 "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>Cloudflare</body></html>";'
    t.broken(t.nginx(edge + f'add_header cf-mitigated challenge always;\nlocation / {{ {page} }}').http(IO))
    t.without(t.nginx(edge + t.proxied(t.sio('allowRequest: (q, done) => done(null, false)'))).http(IO))
    t.healthy(t.nginx(edge + t.proxied(t.sio())).http(IO))


@case('sio-path-mismatch', 'nginx, socket.io 4', healthy='the path of the server; a backend that does not run is refused at once', name='sio-path-mismatch-nginx')
def _(t):
    # 502 after a second from nginx: the backend hangs up on an Upgrade that is not its own.
    front = t.nginx(t.proxied(t.sio("path: '/api/socket.io/'")))
    t.broken(front.http(IO), '--dialect', 'socketio')
    t.healthy(front.http('/api/socket.io/'))


@case('proxy-waf-dead-tunnel-after-101', ours='a tunnel that swallows everything after the 101', healthy='the tunnel that does not; a server that emits nothing', name='sio-dead-tunnel')
def _(t):
    far = t.sio()
    source = '''
net.createServer(c => {
    const b = net.connect(%d, '%s');
    c.on('error', () => {}); b.on('error', () => {});
    let upgraded = false;
    c.on('data', d => upgraded || b.write(d));
    b.on('data', d => { if (upgraded) return; upgraded = %s && /^HTTP\\/1.1 101/.test(d.toString('latin1')); c.write(upgraded ? d.toString('latin1').split('\\r\\n\\r\\n')[0] + '\\r\\n\\r\\n' : d); });
    b.on('end', () => c.end()); c.on('end', () => b.end());
}).listen(port, host);
'''
    t.broken(t.node(source % (far.port, far.address, 'true')).http(IO), '--direct', far.http(IO))
    t.healthy(t.node(source % (far.port, far.address, 'false')).http(IO), '--direct', far.http(IO))


@case('tls-chain-incomplete', 'nginx, socket.io 4', healthy='leaf and intermediate', name='sio-chain-incomplete')
def _(t):
    chain, key, leaf = t.certs.leaf()
    ca = ('--cacert', t.certs.root)
    far = t.proxied(t.sio())
    t.broken(t.nginx(far, tls=(leaf, key)).https(IO), *ca)
    t.healthy(t.nginx(far, tls=(chain, key)).https(IO), *ca)


@case('conn-max-age-platform', 'socket.io 4', healthy='no maximum age', name='eio-max-age')
def _(t):
    t.broken(t.sio("transports: ['websocket']", on='setTimeout(() => s.conn.transport.socket.terminate(), 1200);').http(IO), '--idle', '2s')
    t.healthy(t.sio("transports: ['websocket']").http(IO), '--idle', '2s')


@case('cors-missing-acao', 'nginx, socket.io 4', healthy='the cookie that a page of the same origin sends by itself', name='cors-same-origin-proxy')
def _(t):
    # Behind one host the page's origin is the server's: no header is needed.
    front = t.nginx(t.proxied(t.sio()))
    t.healthy(front.http(IO), '--origin', f'http://{front.at}')
    t.broken(front.http(IO), *PAGE)


