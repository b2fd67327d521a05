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
