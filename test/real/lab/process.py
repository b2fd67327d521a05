"""One program under test: started as a child, its output kept, ready when its port answers."""
import ctypes
import glob
import os
import random
import signal
import socket
import subprocess
import time

READY = 10.0  # seconds a program may take until its port accepts
_libc = ctypes.CDLL(None)
_next_port = 11000 + random.SystemRandom().randrange(20000)


class Failed(Exception):
    """The laboratory itself did not come up; says which program and shows its log."""


def free_port():
    """A port nobody holds, below the range the kernel gives to outgoing connections."""
    global _next_port
    for _ in range(2000):
        _next_port = 11000 + (_next_port - 11000 + 1) % 20000
        try:
            for family, address in ((socket.AF_INET, '0.0.0.0'), (socket.AF_INET6, '::')):
                with socket.socket(family) as s:
                    if family == socket.AF_INET6:
                        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                    s.bind((address, _next_port))
            return _next_port
        except OSError:
            continue
    raise Failed('no free port')


def _die_with_parent():
    _libc.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def accepts(host, port):
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


class Process:
    """argv runs in `folder`; `ready()` is asked until it is true, for `patience` seconds. The process group is ended by stop()."""

    def __init__(self, name, argv, folder, ready, env=None, prefix=(), patience=READY):
        self.name, self.argv, self.folder = name, list(prefix) + argv, folder
        self.ready, self.env, self.patience = ready, {**os.environ, **(env or {})}, patience
        self.logs = [os.path.join(folder, name + '.out')]
        self.leaves = ''  # pattern of files that outlive it
        self.child = None
        self.start()

    def start(self):
        with open(self.logs[0], 'ab') as out:
            self.child = subprocess.Popen(self.argv, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=out,
                stderr=out, env=self.env, start_new_session=True, preexec_fn=_die_with_parent)
        deadline = time.monotonic() + self.patience
        while not self.ready():
            if self.child.poll() is not None:
                raise Failed(f'{self.name} ended with {self.child.returncode}\n{self.log()}')
            if time.monotonic() > deadline:
                raise Failed(f'{self.name} was not ready within {self.patience:g} s\n{self.log()}')
            time.sleep(0.01)

    def stop(self):
        if self.child is None:
            return
        for sig, patience in ((signal.SIGTERM, 1.5), (signal.SIGKILL, 5)):
            try:
                os.killpg(self.child.pid, sig)
            except ProcessLookupError:
                break
            try:
                self.child.wait(patience)
            except subprocess.TimeoutExpired:
                continue
        try:
            os.killpg(self.child.pid, signal.SIGKILL)  # workers that outlived their master
        except ProcessLookupError:
            pass
        self.child.wait()
        self.child = None
        for path in glob.glob(self.leaves):
            os.unlink(path)

    def log(self, limit=3000):
        text = []
        for path in self.logs:
            try:
                with open(path, errors='replace') as f:
                    text.append(f.read()[-limit:])
            except OSError:
                pass
        return f'--- {self.name}\n' + '\n'.join(text).strip()
