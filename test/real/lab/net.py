"""Namespaces: a network of the case's own, with names, filters and a second host when it wants them.

A case with needs='net' runs in fresh network and mount namespaces (the runner enters them by unshare), so
everything here changes nothing outside."""
import os
import shutil
import subprocess

from .process import Process


def refused():
    """Why this kernel gives us no namespaces; None when it does."""
    for tool in ('unshare', 'nsenter', 'ip', 'nft'):
        if not shutil.which(tool, path=os.environ['PATH'] + ':/usr/sbin:/sbin'):
            return f'{tool} is not installed'
    p = subprocess.run([*UNSHARE, 'sh', '-c', 'ip link set lo up && ip link add v0 type veth peer name v1 '
        '&& nft add table inet probe && mount --bind /etc/hosts /etc/hosts'], capture_output=True, text=True)
    return None if p.returncode == 0 else (p.stderr.strip().splitlines() or ['unshare failed'])[-1]


UNSHARE = ['unshare', '-m', '-n', '--propagation', 'private'] + ([] if os.geteuid() == 0 else ['-U', '-r'])


def sh(command, prefix=()):
    p = subprocess.run([*prefix, 'sh', '-ec', command], capture_output=True, text=True)
    if p.returncode:
        raise RuntimeError(f'{command}: {p.stderr.strip()}')
    return p.stdout


def lo_up():
    sh('ip link set lo up')


def nft(rules, prefix=()):
    p = subprocess.run([*prefix, 'nft', '-f', '-'], input=rules, capture_output=True, text=True)
    if p.returncode:
        raise RuntimeError(f'nft: {p.stderr}')


def filter(hook, rules, prefix=()):
    """Rules of one chain on `hook` (input, output), in nft's words, until unfilter()."""
    nft('table inet lab {\nchain ' + hook + ' {\ntype filter hook ' + hook + ' priority 0\n' + rules + '\n}\n}\n', prefix)


def unfilter(prefix=()):
    nft('flush ruleset\n', prefix)


def own_file(path, text, folder):
    """`path` reads as `text` for everything in this mount namespace."""
    mine = os.path.join(folder, path.strip('/').replace('/', '.'))
    with open(mine, 'w') as f:
        f.write(text)
    sh(f'mount --bind {mine} {path}')


class Host:
    """A second host behind a veth pair: 10.9.0.2 (and fd09::2) there, 10.9.0.1 (fd09::1) here."""

    address, address6, here = '10.9.0.2', 'fd09::2', '10.9.0.1'

    def __init__(self, folder):
        self.process = Process('host', ['unshare', '-n', 'sleep', '1000'], folder, lambda: True)
        pid = self.process.child.pid
        while os.readlink(f'/proc/{pid}/ns/net') == os.readlink('/proc/self/ns/net'):
            if self.process.child.poll() is not None:
                raise RuntimeError('no second network namespace')
        self.prefix = ['nsenter', '-t', str(pid), '-n']
        # One segment a packet, as on a wire: a filter by length sees what a path would see.
        sh(f'ip link add near type veth peer name far; ip link set near gso_max_segs 1; ip link set far gso_max_segs 1; '
           f'ip link set far netns {pid}; '
           'ip addr add 10.9.0.1/24 dev near; ip addr add fd09::1/64 dev near nodad; ip link set near up')
        sh('ip link set lo up; ip addr add 10.9.0.2/24 dev far; ip addr add fd09::2/64 dev far nodad; ip link set far up',
           self.prefix)
