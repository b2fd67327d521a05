"""What travels after the 101."""
from lab.case import case


def raw(t, frames):
    """A server that sends these bytes, and else behaves."""
    return t.echo(on=f"s._socket.write(Buffer.from('{frames}', 'hex'));")


@case('frame-http-text-in-stream', 'node, ws', healthy='one listener answers')
def _(t):
    bad = t.node('''
const server = http.createServer();
const wss = new WebSocketServer({ noServer: true });
wss.on('connection', s => s.on('error', () => {}));
// was begin
server.on('upgrade', (q, s, h) => wss.handleUpgrade(q, s, h, w => wss.emit('connection', w, q)));
server.on('upgrade', (q, s) => s.write('HTTP/1.1 404 Not Found\\r\\nConnection: close\\r\\n\\r\\n'));
// was end
// fix here
server.listen(port, host);
''')
    t.broken(bad.ws('/ws'))
    t.fixed(bad, bad.ws('/ws'))


@case('frame-rsv1-without-extension', 'nginx, ws', healthy='the negotiated extension reaches the client')
def _(t):
    far = t.node('''
const server = http.createServer();
const wss =
// was
new WebSocketServer({ server, perMessageDeflate: { threshold: 0 } })
// fix here
wss.on('connection', s => { s.on('error', () => {}); s.send('hello '.repeat(50)); });
server.listen(port, host);
''')
    t.healthy(t.nginx(t.proxied(far)).ws())
    bad = t.nginx(t.proxied(far, 'proxy_hide_header Sec-WebSocket-Extensions;'))
    t.broken(bad.ws())
    t.fixed(far, bad.ws())


@case('frame-invalid-utf8', 'ws', healthy='the same bytes as a binary message')
def _(t):
    bad = t.node('''
new WebSocketServer({ host, port }).on('connection', ws => {
    const buffer = Buffer.from([0x68, 0xff, 0xfe, 0x69]);
    ws.on('error', () => {});
    // was
    ws.send(buffer, { binary: false })
    // fix here
});
''')
    t.broken(bad.ws())
    t.fixed(bad, bad.ws())


SIZE = ('--size', '100000', '--echo')


def first_line(snippet):
    return snippet.splitlines()[0]


@case('frame-message-too-big', 'ws', healthy='below the limit')
def _(t):
    bad = t.node('''
const server = http.createServer();
const wss =
// was
new WebSocketServer({ server, maxPayload: 65536 })
// fix here
wss.on('connection', s => { s.on('error', () => {}); s.on('message', (d, binary) => s.send(d, { binary })); });
server.listen(port, host);
''')
    t.healthy(bad.ws(), '--size', '60000', '--echo')
    t.broken(bad.ws(), *SIZE)
    t.fixed(bad, bad.ws(), *SIZE, edit=first_line)


@case('frame-message-too-big', 'python-websockets', healthy='below the limit', name='frame-message-too-big-python')
def _(t):
    bad = t.python('''
import websockets
async def handler(s, path=None):
    async for message in s:
        await s.send(message)
async def main():
    async with (
        # was
        websockets.serve(handler, host, port, max_size=65536)
        # fix here
    ):
        await asyncio.Future()
asyncio.run(main())
''')
    t.healthy(bad.ws(), '--size', '60000', '--echo')
    t.broken(bad.ws(), *SIZE)
    t.fixed(bad, bad.ws(), *SIZE, edit=first_line)


@case('frame-server-masked', ours='raw frames', healthy='the same message unmasked')
def _(t):
    t.broken(raw(t, '8185' + '01020304' + '69676f686e').ws())
    t.healthy(raw(t, '8105' + '68656c6c6f').ws())


@case('frame-rsv-desync', ours='raw frames', healthy='three good frames')
def _(t):
    t.broken(raw(t, '8105' + '68656c6c6f' + '8104' + '68656c6c6f' + '8105' + '68656c6c6f').ws())
    t.healthy(raw(t, ('8105' + '68656c6c6f') * 3).ws())


@case('frame-ping-unanswered', 'ws', healthy='pings are answered')
def _(t):
    hello = "s.send('hello');"
    t.broken(t.echo('autoPong: false', on=hello).ws())
    t.healthy(t.echo(on=hello).ws())


@case('frame-closed-at-once', 'ws', healthy='closed with 1000, when all is said')
def _(t):
    t.broken(t.echo(on="s.close(1011, 'internal error');").ws())
    t.healthy(t.echo(on="s.send('bye'); s.close(1000);").ws())


@case('frame-protocol-error', ours='raw frames', healthy='a ping of the server')
def _(t):
    t.broken(raw(t, '8305' + '68656c6c6f').ws())
    t.healthy(raw(t, '8900').ws())


@case('ext-unsolicited', 'nginx, ws', healthy='no extension that nobody offered')
def _(t):
    far = t.echo()
    bad = t.nginx(t.proxied(far, 'add_header Sec-WebSocket-Extensions x-webkit-deflate-frame always;'))
    t.broken(bad.ws())
    t.fixed(bad, bad.ws())
    t.healthy(t.nginx(t.proxied(far)).ws())
