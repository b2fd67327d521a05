"""SignalR. No .NET here, so the hub is ours (far/signalr.js); that it is one, the real client says."""
from lab.case import case

HUB, CLIENT = 'a hub that answers as ASP.NET Core does', 'nginx, @microsoft/signalr'


def connects(t, url, *options, by='WebSocket'):
    """The real client connects, by this transport; `by` None: it does not."""
    ok, said = t.signalr_client(url, *options)
    if ok != (by is not None) or (by and not said.startswith(by + ' ')):
        t.ran = f'signalr_client.js {url} {" ".join(options)}'
        t.said = t.said or {}
        t.wrong(f'the real client, expected {by}: {said}')


@case('signalr-hub-closes', ours=HUB, healthy='OnConnectedAsync returns')
def _(t):
    bad, good = t.signalr(fails='connected'), t.signalr()
    t.broken(bad.http('/hub'))
    t.healthy(good.http('/hub'))
    t.healthy(good.ws('/hub'), '--skip-negotiation')
    for transport, name in (('1', 'WebSocket'), ('2', 'ServerSentEvents'), ('4', 'LongPolling')):
        connects(t, good.http('/hub'), transport, by=name)
    connects(t, good.http('/hub'), '1', 'skip')


@case('signalr-handshake-refused', ours=HUB, healthy='json is taken')
def _(t):
    bad = t.signalr(fails='protocol')
    t.broken(bad.http('/hub'))
    connects(t, bad.http('/hub'), by=None)
    t.healthy(t.signalr().http('/hub'))


@case('signalr-handshake-unanswered', ours=HUB, healthy='a hub that pings')
def _(t):
    t.broken(t.signalr(fails='silent').http('/hub'), '--timeout', '1s')
    t.healthy(t.signalr(keepAlive=100).http('/hub'))


@case('signalr-negotiate-refused', ours=HUB, healthy='version 1 is taken')
def _(t):
    bad = t.signalr(fails='version')
    t.broken(bad.http('/hub'))
    connects(t, bad.http('/hub'), by=None)
    t.healthy(t.signalr().http('/hub'))


@case('signalr-aspnet-not-core', ours=HUB, healthy='ASP.NET Core')
def _(t):
    bad = t.signalr(aspnet=True, path='/signalr')
    t.broken(bad.http('/signalr'))
    ok, said = t.signalr_client(bad.http('/signalr'))
    if ok or 'ASP.NET SignalR Server' not in said:
        t.wrong(f'the real client takes it for something else: {said}')
    t.healthy(t.signalr(path='/signalr').http('/signalr'))


@case('signalr-websockets-not-offered', ours=HUB, healthy='meant so: long polling works')
def _(t):
    far = t.signalr(transports=['ServerSentEvents', 'LongPolling'])
    t.mentioned(far.http('/hub'))
    connects(t, far.http('/hub'), by='ServerSentEvents')


@case('signalr-sent-on', ours=HUB + ', and a service that it sends on to', healthy='the hub itself connects')
def _(t):
    service = t.signalr(path='/client', token='x')
    far = t.signalr(sendOn=service.http('/client?hub=chat'))
    t.mentioned(far.http('/hub'))
    connects(t, far.http('/hub'))
    # its refusal is that of the service, whatever the user's own credential
    t.suspected(t.signalr(sendOn=t.signalr(path='/client', token='other').http('/client')).http('/hub'), '-H', 'Authorization: Bearer other')
    t.healthy(t.signalr().http('/hub'))
    t.without(t.signalr().http('/hub'))


@case('signalr-not-sticky', CLIENT, ours=HUB, healthy='affinity by address, or by a cookie, or no negotiation')
def _(t):
    fars = [t.signalr() for _ in range(2)]
    members = ' '.join(f'server {f.at};' for f in fars)
    bad = t.nginx(t.proxied(fars[0]).replace(fars[0].at, 'backend'), http=f'upstream backend {{ {members} }} # was\n# fix here')
    t.broken(bad.http('/hub'))
    connects(t, bad.http('/hub'), '1', by=None)
    t.healthy(bad.http('/hub'), '--skip-negotiation')
    connects(t, bad.http('/hub'), '1', 'skip')
    t.broken(bad.http('/hub'))
    t.fixed(bad, bad.http('/hub'), edit=lambda snippet: snippet.replace('app1:5000', fars[0].at).replace('app2:5000', fars[1].at))
    connects(t, bad.http('/hub'))
    cookie = t.haproxy_over(fars, 'SRV insert indirect nocache')
    t.healthy(cookie.http('/hub'))
    connects(t, cookie.http('/hub'))


@case('signalr-negotiate-expired', ours=HUB, healthy='a client asks for a fresh id')
def _(t):
    t.mentioned(t.signalr().ws('/hub?id=AAAAAAAAAAAAAAAAAAAAAA'))


@case('upg-headers-stripped', CLIENT, ours=HUB, healthy='the three lines are there', name='upg-headers-stripped-signalr')
def _(t):
    far = t.signalr()
    bad = t.nginx(f'location / {{ proxy_pass http://{far.at}; proxy_buffering off; }} # was\n# fix here')
    t.broken(bad.http('/hub'))
    connects(t, bad.http('/hub'), '1', by=None)
    # what the effect says: the next transport
    connects(t, bad.http('/hub'), by='ServerSentEvents')
    t.broken(bad.ws('/hub'), '--skip-negotiation')
    t.fixed(bad, bad.http('/hub'), far=far, edit=lambda snippet: snippet.replace('location /ws', 'location /'))
    connects(t, bad.http('/hub'))


@case('signalr-falls-back', CLIENT, ours=HUB, healthy='the WebSocket opens')
def _(t):
    far = t.signalr()
    refused = 'if ($http_upgrade) { return 503; }'
    bad = t.nginx(f'location / {{\n    {refused}\n    proxy_buffering off;\n    proxy_pass http://{far.at};\n}}')
    t.check(bad.http('/hub'))
    if t.said and not t.found('signalr-falls-back'):
        t.wrong('not found')
    connects(t, bad.http('/hub'), by='ServerSentEvents')
    t.healthy(t.nginx(t.proxied(far)).http('/hub'))


@case('signalr-events-buffered', CLIENT, ours=HUB, healthy='the stream is passed on as it comes')
def _(t):
    far = t.signalr(transports=['ServerSentEvents', 'LongPolling'])
    bad = t.nginx(f'location /hub {{ proxy_pass http://{far.at}; }} # was\n# fix here')
    t.broken(bad.http('/hub'), '--timeout', '1s')
    t.fixed(bad, bad.http('/hub'), far=far)
    connects(t, bad.http('/hub'), by='ServerSentEvents')


@case('signalr-negotiate-unrouted', CLIENT, ours=HUB, healthy='the location takes in what is below the hub')
def _(t):
    far = t.signalr()
    inside = t.proxied(far).replace('location /', 'location = /hub')
    bad = t.nginx(inside + '\nlocation / { return 404; }')
    # without being told, a WebSocket at /hub is a WebSocket
    t.healthy(bad.http('/hub'))
    connects(t, bad.http('/hub'), by=None)
    t.healthy(bad.ws('/hub'), '--skip-negotiation')
    good = t.nginx('# fix here\nlocation / { return 404; }')
    t.broken(bad.http('/hub'), '--dialect', 'signalr')
    t.fixed(good, good.http('/hub'), '--dialect', 'signalr', far=far)
    connects(t, good.http('/hub'))
