"""`wsdx serve` in one cluster with node servers of socket.io, through a real Redis."""
import os
import signal
import subprocess
import threading
import time

from lab.case import healthy_case
from lab.parts import HERE, Part, program
from lab.process import Failed, free_port

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


def beside(t, *options):
    """Two replicas of one `wsdx serve`, at a port and the next."""
    port = free_port()
    while free_port() != port + 1:
        port = free_port()
    first = t.serve('--replicas', '2', *options, port=port)
    return [first, Part('replica', first.address, port + 1, first.process, first.path, '')]


@healthy_case('serve-replicas', 'two replicas in one process and two node servers on one Redis')
def _(t):
    redis = t.redis()
    fars = beside(t, '--redis', redis.at)
    cluster('classic', redis, fars, lambda: redis.configure(redis.text))


@healthy_case('serve-replicas-alone', 'the look-alike: two replicas without Redis share nothing')
def _(t):
    cluster('alone', t.redis(), beside(t))


@healthy_case('serve-workers', 'socket.io-client 2 and 4 at three processes on one port: polls of a session come to any of them; all end with one')
def _(t):
    far = t.serve('--workers', '3')
    for generation in (4, 2):
        for way in ('polling', 'upgrade'):
            p = subprocess.run([program('node'), os.path.join(HERE, 'far', 'sio_client.js'), str(generation), far.http().rstrip('/'), way],
                capture_output=True, text=True, timeout=40, stdin=subprocess.DEVNULL, env={**os.environ, **ENV})
            if p.returncode or 'connect_error' in p.stdout:
                raise Failed(f'{generation} {way}: {p.stdout[-3000:]}{p.stderr[-2000:]}')
    workers = subprocess.run([program('pgrep'), '-P', str(far.process.child.pid)], capture_output=True, text=True, check=True).stdout.split()
    if len(workers) != 3:
        raise Failed(f'{len(workers)} workers')
    os.kill(int(workers[1]), signal.SIGKILL)
    if far.process.child.wait(20) != 1:
        raise Failed(f'ended with {far.process.child.returncode}')
    told(far, 'worker 2 has ended; all end', 1)


@healthy_case('serve-workers-tls', 'three processes on one port with TLS: by WebSocket only, and a poll is told so')
def _(t):
    far = t.serve('--workers', '3', '--tls-generate')
    p = subprocess.run([program('curl'), '-sk', far.https('/socket.io/?EIO=4&transport=polling')], capture_output=True, text=True, timeout=20,
        check=True)
    if 'Transport unknown' not in p.stdout:
        raise Failed(p.stdout)
    t.healthy(far.https('/socket.io/?transport=websocket'), '-k')
