"""Our codecs against the official parsers of every generation."""
import os
import subprocess

from lab.case import healthy_case
from lab.parts import HERE, program
from lab.process import Failed

CODEC = os.path.join(HERE, '..', 'codec')


def compare(t, corpus):
    reader = os.path.join(os.path.dirname(t.wsdx), 'test', 'codec')
    if not os.access(reader, os.X_OK):
        raise Failed(f'{reader} is not there: build it first (make)')
    p = subprocess.run([program('node'), os.path.join(CODEC, corpus), reader], capture_output=True, text=True, timeout=40,
        stdin=subprocess.DEVNULL, env={**os.environ, 'NODE_PATH': os.path.join(HERE, 'node_modules'), 'NODE_NO_WARNINGS': '1'})
    if p.returncode:
        raise Failed(p.stdout[-5000:] + p.stderr[-2000:])


@healthy_case('codec', 'engine.io-parser 2, 4, 5, socket.io-parser 3, 4, socket.io-msgpack-parser: read equal, written again as it was')
def _(t):
    compare(t, 'corpus.js')


@healthy_case('codec-adapter', '@socket.io/redis-adapter, classic and sharded, @socket.io/redis-emitter: read equal, written again as it was')
def _(t):
    compare(t, 'adapter.js')
