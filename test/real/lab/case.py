"""Cases: a cause raised with real programs, its repair, and the healthy set-up that looks like it.

    @case('upg-headers-stripped', 'nginx, ws', healthy='the three lines are there')
    def _(t):
        far = t.echo()
        bad = t.nginx(…)
        t.broken(bad.ws())           # cause and verdict are the expected ones
        t.fixed(bad, bad.ws())       # the printed snippet goes into the configuration: healthy
        t.healthy(good.ws())         # not a single error or warning

`real` names the programs whose own misbehaviour is diagnosed. Where a program of ours plays it, the case says ours=…
and `real` is empty."""
import json
import os
import re
import subprocess

from . import look, net
from .certs import Certs
from .parts import HERE, Parts, program
from .process import Failed

ALL = []
DEFAULTS = ('--timeout', '3s', '--deadline', '25s')
PATIENCE = 50  # seconds for one run of wsdx; its own deadline comes first
VERDICT = {'error': 'broken', 'warning': 'degraded', 'info': 'healthy'}
EXIT = {'healthy': 0, 'degraded': 0, 'broken': 3, 'unknown': 1}


class Case:
    def __init__(self, cause, real, ours, healthy, needs, name, run):
        self.cause, self.real, self.ours, self.healthy, self.needs, self.run = cause, real, ours, healthy, needs, run
        self.name = name or cause


def case(cause, real='', *, ours='', healthy='', needs='', name=''):
    """Registers a function as a case. `needs='net'`: it runs in a network namespace of its own."""
    def add(run):
        ALL.append(Case(cause, real, ours, healthy, needs, name, run))
        return run
    return add


def healthy_case(name, real):
    """A set-up without a fault: only `healthy` is asked of it."""
    return case('', real, name='healthy-' + name)


class Wrong(Exception):
    """wsdx said something else than expected; carries what it said."""


def excerpt(said):
    """The part of the document one needs to see why a case failed."""
    lines = [f'verdict {said.get("verdict")}  cause {said.get("cause")}']
    for f in said.get('findings', []):
        lines.append(f'  {f.get("severity")} {f.get("id")} {f.get("confidence")}: {f.get("summary")}')
        lines += [f'      {e.get("channel")}: {e.get("text")}' for e in f.get('evidence', [])[:6]]
        lines += [f'      fix {x.get("stack")}: {x.get("text")} | {x.get("snippet")}' for x in f.get('fix', [])]
    return '\n'.join(lines)


class Trial(Parts):
    def __init__(self, this, wsdx, folder, looking=False):
        self.case, self.wsdx, self.folder, self.looking = this, wsdx, folder, looking
        self.parts, self.said, self._certs, self._held = [], None, None, []

    @property
    def certs(self):
        if self._certs is None:
            self._certs = Certs(os.path.join(self.folder, 'certs'))
        return self._certs

    def own_file(self, path, text):
        net.own_file(path, text, self.folder)

    def host(self):
        """A second host, at the other end of a veth pair."""
        far = net.Host(self.folder)
        self.parts.append(far.process)
        return far

    def stop(self):
        for s in self._held:
            s.close()
        for part in reversed(self.parts):
            (part.process if hasattr(part, 'process') else part).stop()

    def logs(self):
        return '\n'.join(p.log() for p in self.parts)

    def hold(self, part, path='/', count=1):
        """WebSockets of ours that stay open until the case ends."""
        for _ in range(count):
            answer, s = look.upgrade(part.address, part.port, path)
            if not answer.startswith('HTTP/1.1 101'):
                raise Failed(f'could not hold a connection open: {answer}')
            self._held.append(s)

    def check(self, url, *options, env=None):
        """Runs wsdx and returns its document."""
        words = [self.wsdx, 'check', '-o', 'json', *DEFAULTS, *options, *([url] if url else [])]
        if self.looking:
            return look.show(url, options)
        clean = {k: v for k, v in os.environ.items() if 'proxy' not in k.lower() and not k.startswith('WSDX_')}
        p = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE, env={**clean, **(env or {})},
            stdin=subprocess.DEVNULL)
        self.ran = ' '.join(words)
        try:
            self.said = json.loads(p.stdout)
        except ValueError:
            raise Wrong(f'{self.ran}\nexit {p.returncode}, not one JSON document: {p.stdout[:500]!r}\n{p.stderr[-3000:]}') from None
        if p.returncode != EXIT.get(self.said.get('verdict')):
            self.wrong(f'exit {p.returncode} for the verdict {self.said.get("verdict")}\n{p.stderr[-2000:]}')
        return self.said

    def shoukaku(self, far, source, password='youshallnotpass', meanwhile=None):
        """Runs Shoukaku against a node: `source` is the inside of an async function, with what far/shoukaku.js exports. `meanwhile`: called
        when it has printed a line."""
        text = (f"const {{ assert, bot, GAVE_UP }} = require({json.dumps(os.path.join(HERE, 'far', 'shoukaku.js'))});\n"
            f'(async () => {{\n{source}\n}})().then(() => process.exit(0), e => {{ console.error(e); process.exit(1); }});\n')
        env = {**os.environ, 'NODE_PATH': os.path.join(HERE, 'node_modules'), 'NODE_NO_WARNINGS': '1', 'NODE_URL': far.at, 'NODE_PASSWORD': password}
        with subprocess.Popen([program('node'), '-e', text], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                text=True) as p:
            try:
                if meanwhile and p.stdout.readline():
                    meanwhile()
                _, errors = p.communicate(timeout=25)
            except subprocess.TimeoutExpired:
                p.kill()
                raise Failed('Shoukaku did not come to an end') from None
        if p.returncode:
            raise Failed(f'Shoukaku: {errors[-3000:]}')

    def wrong(self, what):
        raise Wrong(f'{what}\n{self.ran}\n{excerpt(self.said)}')

    def found(self, cause):
        return next((f for f in self.said['findings'] if f['id'] == cause), None)

    def broken(self, url, *options, severity=None, env=None):
        """The cause of the case is the root, with the verdict that its severity demands."""
        cause = self.case.cause
        said = self.check(url, *options, env=env)
        if said is None:
            return
        finding = self.found(cause)
        if said['cause'] != cause or finding is None:
            self.wrong(f'expected {cause}, got {said["cause"]}')
        if severity and finding['severity'] != severity:
            self.wrong(f'{cause}: expected severity {severity}, got {finding["severity"]}')
        if finding['severity'] == 'info':
            self.wrong(f'{cause}: information only')
        if said['verdict'] != VERDICT[finding['severity']]:
            self.wrong(f'{cause}: verdict {said["verdict"]} for severity {finding["severity"]}')
        if not finding['evidence']:
            self.wrong(f'{cause}: a finding without evidence')

    def healthy(self, url, *options, env=None):
        said = self.check(url, *options, env=env)
        if said is None:
            return
        alarm = [f['id'] for f in said['findings'] if f['severity'] != 'info']
        if alarm or said['verdict'] != 'healthy':
            self.wrong(f'expected healthy, got {said["verdict"]} {" ".join(alarm)}')

    def recognised(self, url, dialect, *options):
        """Healthy, and taken for what it is without being told."""
        self.healthy(url, *options)
        if self.said and self.said.get('dialect') != dialect:
            self.wrong(f'taken for {self.said.get("dialect")}, expected {dialect}')

    def mentioned(self, url, *options, env=None):
        """The endpoint is well; the cause of the case is there as information."""
        self.healthy(url, *options, env=env)
        if self.said and not self.found(self.case.cause):
            self.wrong(f'{self.case.cause} is not mentioned')

    def unmentioned(self, url, *options, env=None):
        """The endpoint is well, and nothing is said of the cause."""
        self.healthy(url, *options, env=env)
        if self.said and self.found(self.case.cause):
            self.wrong(f'{self.case.cause} is mentioned')

    def suspected(self, url, *options, env=None):
        """Broken, and the cause is among the findings: what a client meets comes first, for it is certain."""
        said = self.check(url, *options, env=env)
        if said and (said['verdict'] != 'broken' or not self.found(self.case.cause)):
            self.wrong(f'{self.case.cause} is not suspected')

    def without(self, url, *options, env=None):
        """The look-alike is not this cause, whatever else it is."""
        said = self.check(url, *options, env=env)
        finding = said and self.found(self.case.cause)
        if finding and finding['severity'] != 'info':
            self.wrong(f'{self.case.cause} raised for its look-alike')

    def snippet(self, stack):
        finding = self.found(self.case.cause)
        for fix in finding['fix']:
            if fix['stack'] == stack and fix.get('snippet'):
                return fix['snippet']
        self.wrong(f'{self.case.cause}: no snippet printed for {stack}')

    def option(self, part, pattern):
        """Runs the program again with the command-line option that the snippet for it prints."""
        if not self.looking:
            part.process.argv.insert(1, re.search(pattern, self.snippet(part.kind)).group())
            part.configure(part.text)

    def fixed(self, part, url, *options, stack=None, far=None, edit=None, env=None):
        """Puts the snippet just printed for `stack` into the part's configuration: then it is healthy. The example
        address in it (`backend`, 127.0.0.1:8080) stands for `far`; `edit` fits what else is an example (an interval) to the laboratory."""
        if self.looking:
            return
        snippet = self.snippet(stack or part.kind)
        if far:
            snippet = re.sub(r'\b(backend|127\.0\.0\.1:[38]\d\d\d)(:\d+)?\b', far.at, snippet)
        part.apply(edit(snippet) if edit else snippet)
        self.healthy(url, *options, env=env)
