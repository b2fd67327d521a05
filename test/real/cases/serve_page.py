"""The page that `wsdx serve` shows a browser, in Chromium; what it tells load balancers and Prometheus, by curl."""
import json
import os
import subprocess

from lab.case import healthy_case
from lab.parts import HERE, program
from lab.process import Failed

ENV = {'NODE_PATH': os.path.join(HERE, 'node_modules'), 'NODE_NO_WARNINGS': '1'}
PATIENCE = 120
ALL = ('HTTP', 'WebSocket echo', 'Large messages', 'Socket.IO by polling', 'Socket.IO by upgrade', 'Socket.IO by WebSocket', 'Idle hold')


def serve(t, *options):
    return t._part('wsdx', [t.wsdx, 'serve', '--listen', '@LISTEN@', *options], '', 'none')


def page(url):
    """The page's own result, a line a test by its name."""
    child = subprocess.run([program('node'), os.path.join(HERE, 'far', 'page.js'), url], capture_output=True, text=True, timeout=PATIENCE,
        env={**os.environ, **ENV, 'CHROMIUM': program('chromium')}, check=False)
    lines = {name: line.split()[0] for line in child.stdout.splitlines() for name in ALL if line[9:].startswith(name + ' ')}
    if set(lines) != set(ALL):
        raise Failed(child.stdout[-3000:] + child.stderr[-1000:])
    return child, lines


def passes(url):
    child, lines = page(url)
    if child.returncode or 'all passed' not in child.stdout.splitlines() or set(lines.values()) != {'ok'}:
        raise Failed(child.stdout[-3000:] + child.stderr[-1000:])


def curl(*args):
    return subprocess.run([program('curl'), '-sS', '--max-time', '10', *args], capture_output=True, text=True, check=True).stdout


@healthy_case('serve-page', 'the page in Chromium says that all passed, also over TLS, and behind a path of nginx')
def _(t):
    far = serve(t)
    passes(far.http('/?idle=1'))
    passes(serve(t, '--tls-generate', '--deflate').https('/?idle=1'))
    front = t.nginx(t.proxied(far).replace('location / {', 'location /app/ {').replace(far.at, far.at + '/') + '''
location = /app { return 301 /app/; }''')
    passes(front.http('/app/?idle=1'))


@healthy_case('serve-page-cut', 'behind nginx without the Upgrade headers the page says that WebSockets fail and polling works')
def _(t):
    far = serve(t)
    front = t.nginx(f'location / {{ proxy_pass http://{far.at}; }}')
    child, lines = page(front.http('/?idle=1'))
    wanted = {name: 'failed' if name in ('WebSocket echo', 'Large messages', 'Socket.IO by upgrade', 'Socket.IO by WebSocket', 'Idle hold')
        else 'ok' for name in ALL}
    if child.returncode != 1 or lines != wanted:
        raise Failed(child.stdout)


@healthy_case('serve-health', 'curl: /health, /api/health, /metrics, also by a unix socket; / is a page for browsers alone')
def _(t):
    path = os.path.join(t.folder, 'socket')
    far = serve(t, '--listen', f'unix:{path}')
    for more in ((), ('--unix-socket', path)):
        if json.loads(curl(*more, far.http('/health')))['status'] != 'ok':
            raise Failed('/health')
    if 'connections' not in json.loads(curl(far.http('/api/health')))['websocket']:
        raise Failed('/api/health')
    if not curl(far.http('/metrics')).endswith('# EOF\n'):
        raise Failed('/metrics')
    if curl('-o', os.devnull, '-w', '%{http_code} %{content_type}', far.http('/')) != '426 text/plain':
        raise Failed('/ is not what a WebSocket server says')
    if not curl('-H', 'Accept: text/html', far.http('/')).startswith('<!doctype html>'):
        raise Failed('/ is no page')


@healthy_case('serve-h2-stop', 'WebSockets of node over HTTP/2: a stop loses no message, and each has its Close')
def _(t):
    child = subprocess.run([program('node'), os.path.join(HERE, 'far', 'h2_stop.js'), t.wsdx], capture_output=True, text=True, timeout=PATIENCE,
        check=False)
    if child.returncode:
        raise Failed(child.stdout + child.stderr[-2000:])
