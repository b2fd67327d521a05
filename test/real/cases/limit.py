"""Room for one more connection."""
from lab.case import case


@case('limit-nginx-worker-connections', 'nginx, ws', healthy='enough worker_connections')
def _(t):
    far = t.echo()
    bad = t.nginx(t.proxied(far), events='worker_connections 13;')
    t.hold(bad, count=5)
    t.broken(bad.ws())
    if not t.looking:
        bad.configure(bad.text.replace('events { worker_connections 13; }', t.snippet('nginx')))
        t.hold(bad, count=5)
        t.healthy(bad.ws())


@case('limit-haproxy-maxconn', 'haproxy, ws', healthy='room for one more')
def _(t):
    far = t.echo()
    bad = t.haproxy(f'''
listen lab
    bind @LISTEN@
    timeout queue 1s
    # fix here
    server app {far.at} check maxconn 2 # was
''')
    t.hold(bad, count=2)
    t.broken(bad.ws())
    t.broken(bad.ws(), '--direct', far.ws())
    if not t.looking:
        bad.apply(t.snippet('haproxy').replace('127.0.0.1:8080', far.at))
        t.hold(bad, count=2)
        t.healthy(bad.ws())
