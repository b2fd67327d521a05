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


@case('round-trips', ours='a relay that adds 50 ms', healthy='within 12 round trips', name='healthy-50ms')
def _(t):
    import time
    far = t.relay(t.echo(), 25)
    began = time.monotonic()
    t.healthy(far.ws())
    took = time.monotonic() - began
    if took > 12 * 0.05 + 0.4:
        t.wrong(f'{took:.2f} s, more than 12 round trips of 50 ms and 0.4 s for the program')
