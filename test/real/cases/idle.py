"""How long a silent connection lives, and who ends it. Limits of two seconds stand for the sixty of practice."""
from lab.case import case

IDLE = ('--idle', '5s')


@case('idle-nginx-read-timeout', 'nginx, ws', healthy='proxy_read_timeout 3600s')
def _(t):
    far = t.echo()
    bad = t.nginx(t.proxied(far, 'proxy_read_timeout 2s; # was\n    # fix here'))
    t.broken(bad.ws(), *IDLE)
    t.fixed(bad, bad.ws(), *IDLE)
    t.healthy(t.nginx(t.proxied(far, 'proxy_read_timeout 3600s;')).ws(), *IDLE)


@case('idle-nginx-read-timeout', 'nginx, ws', healthy='a server that pings within the limit', name='idle-nginx-server-pings')
def _(t):
    far = t.echo(on="const i = setInterval(() => s.ping(), 500); s.on('close', () => clearInterval(i));")
    t.healthy(t.nginx(t.proxied(far, 'proxy_read_timeout 2s;')).ws(), *IDLE)


@case('idle-haproxy-no-tunnel-timeout', 'haproxy, ws', healthy='timeout tunnel 1h')
def _(t):
    far = t.echo()
    text = f'listen lab\n    bind @LISTEN@\n    %s\n    server one {far.at}\n'
    short = 'mode http\n    timeout connect 2s\n    timeout client 2s\n    timeout server 2s'
    bad = t.haproxy(text % '# fix here', defaults=short)
    t.broken(bad.ws(), *IDLE)
    t.fixed(bad, bad.ws(), *IDLE)
    t.healthy(t.haproxy(text % 'timeout tunnel 1h', defaults=short).ws(), *IDLE)


@case('idle-haproxy-tunnel-too-short', 'haproxy, ws', healthy='timeout tunnel 1h')
def _(t):
    far = t.echo()
    text = f'listen lab\n    bind @LISTEN@\n    timeout tunnel %s\n    server one {far.at}\n'
    t.broken(t.haproxy(text % '2s').ws(), *IDLE)
    t.healthy(t.haproxy(text % '1h').ws(), *IDLE)


@case('idle-apache-proxytimeout', 'apache, ws', healthy='Timeout 3600')
def _(t):
    far = t.echo()
    text = f'Timeout %d\nProxyPass / http://{far.at}/ upgrade=websocket'
    t.broken(t.apache(text % 2).ws(), *IDLE)
    t.healthy(t.apache(text % 3600).ws(), *IDLE)


@case('conn-max-age-platform', 'ws', healthy='no maximum age')
def _(t):
    t.broken(t.echo(on="setTimeout(() => s.terminate(), 2500);").ws(), *IDLE)
    t.healthy(t.echo().ws(), *IDLE)


@case('conn-max-age-platform', 'ws', healthy='no maximum age', name='conn-max-age-1001')
def _(t):
    t.broken(t.echo(on="setTimeout(() => s.close(1001, 'Going away'), 2500);").ws(), *IDLE)
    t.healthy(t.echo().ws(), *IDLE)


