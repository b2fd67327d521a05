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


@case('idle-proxy-timeout', 'haproxy, ws', healthy='timeout tunnel 1h')
def _(t):
    # HAProxy leaves no mark on a 101, so the proxy is not named.
    far = t.echo()
    text = f'listen lab\n    bind @LISTEN@\n    %s\n    server one {far.at}\n'
    short = 'mode http\n    timeout connect 2s\n    timeout client 2s\n    timeout server 2s'
    bad = t.haproxy(text % '# fix here', defaults=short)
    t.broken(bad.ws(), *IDLE)
    t.fixed(bad, bad.ws(), *IDLE)
    t.healthy(t.haproxy(text % 'timeout tunnel 1h', defaults=short).ws(), *IDLE)


@case('idle-proxy-timeout', 'haproxy, ws', healthy='timeout tunnel 1h', name='idle-haproxy-tunnel-too-short')
def _(t):
    far = t.echo()
    bad = t.haproxy(f'listen lab\n    bind @LISTEN@\n    timeout tunnel 2s # was\n    # fix here\n    server one {far.at}\n')
    t.broken(bad.ws(), *IDLE)
    t.fixed(bad, bad.ws(), *IDLE)


@case('idle-proxy-timeout', 'apache, ws', healthy='Timeout 3600', name='idle-apache')
def _(t):
    # The 101 of Apache carries no Server either.
    far = t.echo()
    bad = t.apache(f'# was\nTimeout 2\n# fix here\nProxyPass / http://{far.at}/ upgrade=websocket')
    t.broken(bad.ws(), *IDLE)
    t.fixed(bad, bad.ws(), *IDLE)


@case('idle-server-close', 'ws', healthy='a server that waits', name='idle-server-close')
def _(t):
    # The server ends what was silent for two seconds, with a Close: information, not a fault of the path.
    close = '''let i; const again = () => { clearTimeout(i); i = setTimeout(() => s.close(4000, 'idle'), 2000); };
    again(); s.on('message', again); s.on('ping', again);'''
    t.mentioned(t.echo(on=close).ws(), *IDLE)


@case('ws-keepalive-ping-1011', 'python-websockets', healthy='its pings are answered')
def _(t):
    far = t.python_echo('ping_interval=1, ping_timeout=1')
    # What the client sends after the handshake is lost on the way, pongs too.
    lossy = t.node(f'''
net.createServer(c => {{
    const b = net.connect({far.port}, '{far.address}');
    c.on('error', () => {{}}); b.on('error', () => {{}});
    let upgraded = false;
    c.on('data', d => upgraded || b.write(d));
    b.on('data', d => {{ upgraded = true; c.write(d); }});
    b.on('end', () => c.end()); c.on('end', () => b.end());
}}).listen(port, host);
''')
    t.broken(lossy.ws(), *IDLE)
    t.healthy(far.ws(), *IDLE)


@case('conn-max-age-platform', 'ws', healthy='no maximum age')
def _(t):
    t.broken(t.echo(on="setTimeout(() => s.terminate(), 2500);").ws(), *IDLE)
    t.healthy(t.echo().ws(), *IDLE)


@case('conn-max-age-platform', 'ws', healthy='no maximum age', name='conn-max-age-1001')
def _(t):
    t.broken(t.echo(on="setTimeout(() => s.close(1001, 'Going away'), 2500);").ws(), *IDLE)
    t.healthy(t.echo().ws(), *IDLE)


