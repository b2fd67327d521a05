"""`wsdx serve` in one cluster with node servers of socket.io, through a real Redis."""
import os
import subprocess
import threading
import time

from lab.case import healthy_case
from lab.parts import HERE, program
from lab.process import Failed

CLUSTER = os.path.join(HERE, 'far', 'sio_cluster.js')
ENV = {'NODE_PATH': os.path.join(HERE, 'node_modules'), 'NODE_NO_WARNINGS': '1'}
PATIENCE = 60


def cluster(kind, redis, fars, meanwhile=None):
    """Runs the clients and the node servers; `meanwhile` restarts Redis when they ask for it."""
    client = subprocess.Popen([program('node'), CLUSTER, kind, str(redis.port), *(f.http().rstrip('/') for f in fars)], text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, **ENV})
    late = threading.Timer(PATIENCE, client.kill)
    late.start()
    said = []
    try:
        for line in client.stdout:
            said.append(line)
            if line.strip() == 'restart':
                meanwhile()
                client.stdin.write('\n')
                client.stdin.flush()
        client.wait()
    finally:
        late.cancel()
        client.kill()
        client.wait()
        client.stdin.close()
        client.stdout.close()
    if client.returncode or 'done\n' not in said:
        raise Failed(f'the cluster: {client.returncode}\n{"".join(said)[-4000:]}')
    if meanwhile and 'restart\n' not in said:
        raise Failed('Redis was not restarted')


def told(far, words, times):
    deadline = time.monotonic() + 10
    while far.log().count(words) != times:
        if time.monotonic() > deadline:
            raise Failed(f'"{words}" is not there {times} times\n{far.log()}')
        time.sleep(0.02)


def mixed(t, kind, *options):
    redis = t.redis()
    fars = [t.serve('--redis', redis.at, *options) for _ in range(2)]

    def restart():
        redis.configure(redis.text)

    cluster(kind, redis, fars, restart)
    for far in fars:
        told(far, 'connected, as', 2)
        told(far, 'lost (', 1)


@healthy_case('serve-cluster', 'two node servers with @socket.io/redis-adapter and two of wsdx on one Redis: rooms, binary, requests, redis-emitter')
def _(t):
    mixed(t, 'classic')


@healthy_case('serve-cluster-sharded', 'the same with the sharded adapter of Redis 7')
def _(t):
    mixed(t, 'sharded', '--redis-adapter', 'sharded')


@healthy_case('serve-cluster-password', 'a Redis with a user and a password, in the URL and in the environment; neither is ever said')
def _(t):
    redis = t.redis('user default off\nuser far on >s3cr3t/pa+ss ~* &* +@all')
    fars = [t.serve('--redis', f'redis://far:s3cr3t%2Fpa%2Bss@{redis.at}/0'),
            t.serve('--redis', f'redis://far@{redis.at}', env={'WSDX_REDIS_PASSWORD': 's3cr3t/pa+ss'})]
    wrong = t.serve('--redis', f'redis://far:wr0ng@{redis.at}')
    for far in fars:
        told(far, 'connected, as', 1)
    told(wrong, 'not connected (WRONGPASS)', 1)
    for far in (*fars, wrong):
        for secret in ('s3cr3t', 'wr0ng'):
            told(far, secret, 0)


@healthy_case('serve-cluster-alone', 'the look-alike without Redis: each server of wsdx reaches its own clients only, and the node servers each other')
def _(t):
    cluster('alone', t.redis(), [t.serve(), t.serve()])


@healthy_case('serve-cluster-key', 'the look-alike with another prefix of the channels, which does not reach the node servers')
def _(t):
    redis = t.redis()
    cluster('alone', redis, [t.serve('--redis', redis.at, '--redis-key', 'other'), t.serve('--redis', redis.at, '--redis-adapter', 'sharded')])
