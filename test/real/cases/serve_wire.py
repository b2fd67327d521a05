"""What carries the roles of `wsdx serve`, with the clients that users have: permessage-deflate, HTTP/2, WebSocket over it."""
import os
import subprocess

from lab.case import healthy_case
from lab.parts import HERE, SYSTEM_PYTHON, program
from lab.process import Failed

ENV = {'NODE_PATH': os.path.join(HERE, 'node_modules'), 'NODE_NO_WARNINGS': '1'}
FAR = os.path.join(HERE, 'far')
PATIENCE = 90


def serve(t, *options):
    return t._part('wsdx', [t.wsdx, 'serve', '--listen', '@LISTEN@', *options], '', 'none')


def said(*argv):
    """On both of its streams."""
    child = subprocess.run(argv, capture_output=True, text=True, timeout=PATIENCE, env={**os.environ, **ENV}, check=False)
    if child.returncode:
        raise Failed(f'{argv[:2]}: {child.returncode}\n{child.stdout[-2000:]}{child.stderr[-2000:]}')
    return child.stdout + child.stderr


def done(*argv):
    out = said(*argv)
    if 'done' not in out.splitlines():
        raise Failed(out[-3000:])


@healthy_case('serve-deflate', "permessage-deflate with every offer of node's ws and of python-websockets")
def _(t):
    for options in ((), ('--no-context-takeover',), ('--deflate-window', '10'), ('--deflate-threshold', '1000')):
        url = serve(t, '--deflate', *options).ws('/echo')
        done(program('node'), os.path.join(FAR, 'wire_ws.js'), url)
        done(SYSTEM_PYTHON, os.path.join(FAR, 'wire_websockets.py'), url)


@healthy_case('serve-http2', "HTTP/2 in the plain and over TLS: node's http2 with WebSockets and Socket.IO, nghttp, curl, wsdx itself")
def _(t):
    plain, tls = serve(t, '--deflate'), serve(t, '--deflate', '--tls-generate')
    for url in (plain.http('/').rstrip('/'), tls.https('/').rstrip('/')):
        done(program('node'), os.path.join(FAR, 'wire_http2.js'), url)
        if '"status":"ok"' not in said(program('nghttp'), url + '/health'):
            raise Failed('nghttp: /health')
    version = said(program('curl'), '-sSk', '-o', os.devnull, '-w', '%{http_version} %{http_code}', tls.https('/health'))
    if version.strip() != '2 200':
        raise Failed(f'curl: {version}')
    old = serve(t, '--tls-generate', '--no-http2')
    version = said(program('curl'), '-sSk', '-o', os.devnull, '-w', '%{http_version} %{http_code}', old.https('/health'))
    if version.strip() != '1.1 200':
        raise Failed(f'curl, --no-http2: {version}')
    out = said(t.wsdx, 'check', '--insecure', '-vv', tls.wss('/echo'))
    if 'WebSocket over HTTP/2: 200' not in out:
        raise Failed(out)
