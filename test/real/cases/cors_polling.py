"""Polling as a browser sees it from a page of another origin."""
from lab.case import case

PAGE = ('--origin', 'https://app.example.com')


@case('cors-missing-acao', 'socket.io 4', healthy='the origin is allowed; a page of the same origin')
def _(t):
    far = t.sio()
    t.healthy(far.http('/socket.io/'))
    t.broken(far.http('/socket.io/'), *PAGE)
    t.fixed(far, far.http('/socket.io/'), *PAGE, edit=lambda s: f'const io = {s};')


@case('cors-missing-acao', 'engine.io', healthy='WebSocket alone, to which CORS does not apply', name='cors-websocket-only')
def _(t):
    t.broken(t.eio().http('/engine.io/'), *PAGE)
    t.healthy(t.eio("transports: ['websocket']").http('/engine.io/'), *PAGE)


@case('cors-missing-acao', 'socket.io 2', healthy='version 2, which allows every origin by itself', name='cors-v2')
def _(t):
    t.healthy(t.sio(version=2).http('/socket.io/'), '--eio', '3', *PAGE)


@case('cors-wildcard-with-credentials', 'socket.io 4', healthy='the origin by its name')
def _(t):
    bad = t.sio("cors: { origin: '*', credentials: true }")
    t.broken(bad.http('/socket.io/'), *PAGE)
    t.fixed(bad, bad.http('/socket.io/'), *PAGE, edit=lambda s: f'const io = {s};')
    t.healthy(t.sio("cors: { origin: 'https://app.example.com', credentials: true }").http('/socket.io/'), *PAGE)
    t.healthy(t.sio("cors: { origin: '*' }").http('/socket.io/'), *PAGE)


@case('cors-duplicate-acao', 'nginx, socket.io 4', healthy='one of the two layers')
def _(t):
    far = t.sio("cors: { origin: 'https://app.example.com' }")
    bad = t.nginx(t.proxied(far, "add_header Access-Control-Allow-Origin 'https://app.example.com' always; # was\n    # fix here"))
    t.broken(bad.http('/socket.io/'), *PAGE)
    t.fixed(bad, bad.http('/socket.io/'), *PAGE, edit=lambda s: "add_header Access-Control-Allow-Origin 'https://app.example.com' always;\n" + s)
    t.healthy(t.nginx(t.proxied(far)).http('/socket.io/'), *PAGE)
    t.healthy(t.nginx(t.proxied(t.sio(), "add_header Access-Control-Allow-Origin 'https://app.example.com' always;")).http('/socket.io/'), *PAGE)


@case('cors-preflight-rejected', 'nginx, socket.io 4', healthy='the preflight is answered')
def _(t):
    # nginx adds the header, but hands the preflight on to a server without the cors option.
    bad = t.nginx(t.proxied(t.sio(), "add_header Access-Control-Allow-Origin 'https://app.example.com' always;"))
    t.broken(bad.http('/socket.io/'), *PAGE, '-H', 'X-Client: 7')
    t.healthy(t.sio("cors: { origin: 'https://app.example.com' }").http('/socket.io/'), *PAGE, '-H', 'X-Client: 7')


@case('cors-error-masks-other', 'haproxy, socket.io 4', healthy='the server runs')
def _(t):
    far = t.sio("cors: { origin: 'https://app.example.com' }")
    t.suspected(t.haproxy_over([far], more='http-request deny deny_status 503').http('/socket.io/'), *PAGE)
    t.healthy(t.haproxy_over([far]).http('/socket.io/'), *PAGE)
