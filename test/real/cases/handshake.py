"""Handshakes that fail for the sake of one header, and those for which no reason can be seen."""
from lab.case import case


@case('upg-empty-subprotocol-header', 'haproxy, python-websockets', healthy='no header when none was offered')
def _(t):
    far = t.python_echo("subprotocols=['chat']")
    frontend = f'''
listen lab
    bind @LISTEN@
    %s
    server one {far.at}
'''
    t.broken(t.haproxy(frontend % 'http-request set-header Sec-WebSocket-Protocol %[str()]').ws())
    t.healthy(t.haproxy(frontend % '').ws())


@case('upg-subprotocol-refused', 'ws', healthy='the subprotocol that the server speaks')
def _(t):
    far = t.echo("verifyClient: (i, done) => done(!/chat/.test(i.req.headers['sec-websocket-protocol'] || ''), 400)")
    t.broken(far.ws(), '--subprotocol', 'chat')
    t.healthy(far.ws(), '--subprotocol', 'ocpp1.6')


@case('upg-refused', 'ws', healthy='a server that has nothing against it')
def _(t):
    t.broken(t.echo('verifyClient: (i, done) => done(false, 418)').ws())
    t.healthy(t.echo('verifyClient: (i, done) => done(true)').ws())
