"""The programs a case can start. Each method returns a Part: where it listens, its configuration, its log.

A configuration may hold marked places for a printed fix: a line `# fix here` is replaced by the snippet; a
line ending in `# was`, or the line after a lone `# was`, gives way to it (`//` in place of `#` for node)."""
import json
import os
import re
import shutil
import subprocess
import sys
import textwrap

from .process import READY, Failed, Process, accepts, free_port

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROOT = os.geteuid() == 0
SYSTEM_PYTHON = '/usr/bin/python3'


class Part:
    """A running program. `text` is its configuration (or source), `at` its host:port."""

    def __init__(self, kind, address, port, process, path, text):
        self.kind, self.address, self.port, self.process, self.path, self.text = kind, address, port, process, path, text
        self.at = f'[{address}]:{port}' if ':' in address else f'{address}:{port}'

    def ws(self, path='/'):
        return f'ws://{self.at}{path}'

    def http(self, path='/'):
        return f'http://{self.at}{path}'

    def https(self, path='/', name='localhost'):
        return f'https://{name}:{self.port}{path}'

    def wss(self, path='/', name='localhost'):
        return f'wss://{name}:{self.port}{path}'

    def configure(self, text):
        """Runs on with another configuration."""
        self.process.stop()
        self.text = text
        with open(self.path, 'w') as f:
            f.write(text)
        self.process.start()

    def apply(self, snippet):
        self.configure(apply(self.text, snippet))

    def log(self):
        return self.process.log()


def apply(text, snippet):
    """The configuration with the snippet at the marked place. What belongs into http {} of nginx (a map) goes there;
    `# remove: …` takes lines away."""
    map_ = re.compile(r'^map \$.*?^\}\s*', re.S | re.M)
    top = map_.findall(snippet)
    snippet = map_.sub('', snippet) if top else snippet
    unwanted = [w.rstrip(' ;…') for w in re.findall(r'^# remove: (.*)$', snippet, re.M)]
    if unwanted:
        return '\n'.join(line for line in text.splitlines() if not any(w in line for w in unwanted)) + '\n'
    text = re.sub(r'^[ \t]*(#|//) was begin$.*?^[ \t]*(#|//) was end$\n', '', text, flags=re.S | re.M)
    out, drop, done = [], False, False
    for line in text.splitlines():
        mark = line.strip()
        if drop:
            drop = False
        elif mark in ('# was', '// was'):
            drop = True
        elif mark in ('# fix here', '// fix here') and not done:
            out.append(snippet)
            done = True
        elif mark.endswith('# map'):
            out += top or [line]
        elif not re.search(r'(#|//) was$', mark):
            out.append(line)
    if not done:
        raise Failed('the configuration has no "# fix here"')
    return '\n'.join(out) + '\n'


def program(name):
    found = shutil.which(name, path=os.environ.get('PATH', '') + ':/usr/sbin:/sbin')
    if not found:
        raise Failed(f'{name} is not installed (tools/deps test installs it)')
    return found


class Parts:
    """Mixed into a trial, which gives `folder` and `parts` (to stop and to show the logs of)."""

    def _part(self, kind, argv, text, name, *, address='127.0.0.1', port=None, env=None, prefix=(), ready=None, prepare=None,
            patience=READY):
        port = port or free_port()
        folder = os.path.join(self.folder, f'{len(self.parts)}.{kind}')
        os.mkdir(folder)
        os.chmod(folder, 0o777)
        path = os.path.join(folder, name)
        if prepare:
            prepare(folder)
        listen = f'[{address}]' if ':' in address else address
        text = textwrap.dedent(text.replace('@LISTEN@', f'{listen}:{port}').replace('@HOST@', address)
            .replace('@PORT@', str(port)).replace('@DIR@', folder))
        with open(path, 'w') as f:
            f.write(text)
        argv = [a.replace('@CONF@', path).replace('@DIR@', folder).replace('@PORT@', str(port))
            .replace('@HOST@', address).replace('@LISTEN@', f'{listen}:{port}') for a in argv]
        asked = '127.0.0.1' if address in ('0.0.0.0', '::') else address
        process = Process(kind, argv, folder, ready or (lambda: accepts(asked, port)), env, prefix, patience)
        part = Part(kind, address, port, process, path, text)
        self.parts.append(part)
        return part

    def nginx(self, server, *, http='', events='worker_connections 512;', tls=None, listen='', **where):
        """`server`: the inside of the server block; tls: (chain, key, …) of Certs; listen: further words."""
        secure = f'ssl_certificate {tls[0]}; ssl_certificate_key {tls[1]};' if tls else ''
        text = f'''\
daemon off;
pid @DIR@/pid;
error_log stderr info;
worker_processes 1;
{"user root;" if ROOT else ""}
events {{ {events} }}
http {{
access_log off;
client_body_temp_path @DIR@/b; proxy_temp_path @DIR@/p; fastcgi_temp_path @DIR@/f; uwsgi_temp_path @DIR@/u; scgi_temp_path @DIR@/s;
map $http_upgrade $connection_upgrade {{ default upgrade; '' close; }} # map
{http}
server {{
listen @LISTEN@ {"ssl" if tls else ""} {listen};
{secure}
{textwrap.dedent(server)}
}}
}}
'''
        return self._part('nginx', [program('nginx'), '-p', '@DIR@', '-e', 'stderr', '-c', '@CONF@'], text, 'nginx.conf', **where)

    HEADERS = '''
proxy_http_version 1.1;
proxy_set_header Upgrade $http_upgrade;
proxy_set_header Connection $connection_upgrade;
'''

    def proxied(self, far, more=''):
        """The server block every guide prints: all three lines, to `far`."""
        return f'''
location / {{
    proxy_pass http://{far.at};
    proxy_http_version 1.1;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection $connection_upgrade;
    {more}
}}'''

    def nginx_over(self, fars, how='', more='', server='', **where):
        """The same in front of replicas; `how`: what makes it choose (ip_hash; …), else round robin."""
        members = ' '.join(f'server {f.at};' for f in fars)
        return self.nginx(self.proxied(fars[0], more).replace(fars[0].at, 'app') + server,
            http=f'upstream app {{ {how} {members} }}', **where)

    def haproxy_over(self, fars, cookie='', bind='', more='', **where):
        """Replicas behind HAProxy: round robin, or by the words of a `cookie` line. `more`: further lines."""
        servers = '\n'.join(f'    server s{i} {f.at}{f" cookie s{i}" if cookie else ""}' for i, f in enumerate(fars))
        return self.haproxy(f'''
listen lab
    bind @LISTEN@ {bind}
    balance roundrobin
    {f"cookie {cookie}" if cookie else ""}
    {more}
{servers}
''', **where)

    def haproxy(self, text, *, defaults=None, **where):
        """`text`: the sections after defaults; @LISTEN@ is where to bind."""
        defaults = defaults or '''mode http
    timeout connect 2s
    timeout client 30s
    timeout server 30s
    timeout tunnel 1h'''
        whole = f'global\n    log stdout format raw local0 debug\ndefaults\n    log global\n    {defaults}\n{textwrap.dedent(text)}\n'
        return self._part('haproxy', [program('haproxy'), '-db', '-f', '@CONF@'], whole, 'haproxy.cfg', **where)

    def apache(self, vhost, *, modules=(), tls=None, **where):
        """`vhost`: the inside of the virtual host. mod_proxy_wstunnel only when asked for."""
        load = ''.join(f'LoadModule {m}_module /usr/lib/apache2/modules/mod_{m}.so\n' for m in (
            'mpm_event', 'authz_core', 'headers', 'proxy', 'proxy_http', *modules, *(('ssl',) if tls else ())))
        secure = f'SSLEngine on\nSSLCertificateFile {tls[0]}\nSSLCertificateKeyFile {tls[1]}' if tls else ''
        text = f'''\
ServerRoot @DIR@
ServerName localhost
PidFile @DIR@/pid
DefaultRuntimeDir @DIR@
Mutex posixsem
Listen @LISTEN@
ErrorLog /dev/stderr
{load}
{"User www-data" if ROOT else ""}
{"Group www-data" if ROOT else ""}
<VirtualHost @LISTEN@>
{secure}
{textwrap.dedent(vhost)}
</VirtualHost>
'''
        return self._part('apache', [program('apache2'), '-DFOREGROUND', '-d', '@DIR@', '-f', '@CONF@'], text, 'apache.conf', **where)

    def caddy(self, block, *, site='http://@LISTEN@', **where):
        """`block`: the inside of the site."""
        text = f'{{\nadmin off\nauto_https off\n}}\n{site} {{\n{textwrap.dedent(block)}\n}}\n'
        folder = os.path.join(self.folder, 'caddy')
        return self._part('caddy', [program('caddy'), 'run', '--config', '@CONF@', '--adapter', 'caddyfile'], text, 'Caddyfile',
            env={'XDG_DATA_HOME': folder, 'XDG_CONFIG_HOME': folder, 'HOME': folder}, **where)

    def squid(self, access, **where):
        """A forward proxy; `access`: its http_access lines."""
        text = f'''\
http_port @LISTEN@
pid_filename none
visible_hostname proxy.test
cache_log @DIR@/cache.log
access_log stdio:@DIR@/access.log
cache deny all
memory_cache_shared off
pinger_enable off
netdb_filename none
icp_port 0
shutdown_lifetime 0 seconds
coredump_dir @DIR@
{textwrap.dedent(access)}
'''
        part = self._part('squid', [program('squid'), '-N', '-n', 'lab@PORT@', '-f', '@CONF@'], text, 'squid.conf', **where)
        part.process.logs += [part.process.folder + '/cache.log', part.process.folder + '/access.log']
        part.process.leaves = f'/dev/shm/lab{part.port}-*'
        return part

    def stunnel(self, far, tls, more='', **where):
        text = f'''\
foreground = yes
pid =
debug = info
[lab]
accept = @LISTEN@
connect = {far.at}
cert = {tls[0]}
key = {tls[1]}
{textwrap.dedent(more)}
'''
        return self._part('stunnel', [program('stunnel4'), '@CONF@'], text, 'stunnel.conf', **where)

    def s_server(self, tls, *options, **where):
        """openssl s_server with the leaf and chain of `tls`, answering HTTP by its status page."""
        return self._part('openssl', [program('openssl'), 's_server', '-accept', '@LISTEN@', '-cert', tls[2], '-cert_chain', tls[0],
            '-key', tls[1], '-www', *options], '', 'none', **where)

    def nghttpx(self, far, tls, *options, **where):
        return self._part('nghttpx', [program('nghttpx'), '--conf=/dev/null', '--frontend=@HOST@,@PORT@',
            f'--backend={far.address},{far.port}', '--workers=1', '--errorlog-file=/dev/stderr', '--accesslog-file=/dev/stdout',
            *options, tls[1], tls[0]], '', 'none', **where)

    def node(self, source, **where):
        """A node program; `host`, `port`, `http`, `ws` (the library) and `WebSocketServer` are at hand."""
        text = '''\
const host = process.env.HOST, port = +process.env.PORT;
const http = require('http'), net = require('net'), crypto = require('crypto');
const ws = require('ws'), { WebSocketServer } = ws;
''' + textwrap.dedent(source)
        env = {'HOST': where.get('address', '127.0.0.1'), 'PORT': str(where.setdefault('port', free_port())),
            'NODE_PATH': os.path.join(HERE, 'node_modules'), 'NODE_NO_WARNINGS': '1'}
        return self._part('node', [program('node'), '@CONF@'], text, 'far.js', env=env, **where)

    def echo(self, options='', on='', **where):
        """A `ws` server that echoes; `options` of WebSocketServer, `on`: what it does with each socket `s` (request `r`)."""
        return self.node(f'''
const wss = new WebSocketServer({{ host, port, {options} }});
wss.on('connection', (s, r) => {{
    s.on('error', () => {{}});
    s.on('message', (data, binary) => s.send(data, {{ binary }}));
    {textwrap.dedent(on)}
}});
''', **where)

    def sio(self, options='', on='', *, version=4, more='', **where):
        """Socket.IO 2, 3 or 4 on a node server that answers 404 elsewhere. `options`: of its Server; `on`: what it does with each
        socket `s`; `more`: what it does with `io` before. `echo` comes back, by an ack when one is wanted."""
        name = 'require("socket.io2")' if version == 2 else f'require("socket.io{version}").Server'
        return self.node(f'''
const Server = {name};
const server = http.createServer((q, r) => {{ r.writeHead(404); r.end('nothing here'); }});
const io = new Server(server, {{ {options} }}); // was
// fix here
{textwrap.dedent(more)}
io.on('connection', s => {{
    s.on('echo', (...a) => typeof a[a.length - 1] === 'function' ? a.pop()(...a) : s.emit('echo', ...a));
    {textwrap.dedent(on)}
}});
server.listen(port, host);
''', **where)

    def eio(self, options='', on='', **where):
        """Bare engine.io 6, which echoes."""
        return self.node(f'''
const server = http.createServer((q, r) => {{ r.writeHead(404); r.end('nothing here'); }});
require('engine.io').attach(server, {{ {options} }}).on('connection', s => {{
    s.on('message', m => s.send(m));
    {textwrap.dedent(on)}
}});
server.listen(port, host);
''', **where)

    def graphql(self, options='', **where):
        """graphql-ws 5 on `ws`, at /graphql; `options`: more of useServer."""
        return self.node(f'''
const {{ buildSchema }} = require('graphql'), {{ useServer }} = require('graphql-ws/lib/use/ws');
const schema = buildSchema('type Query {{ a: String }} type Subscription {{ b: String }}');
const server = http.createServer((q, r) => {{ r.writeHead(404); r.end(); }});
useServer({{ schema, {options} }}, new WebSocketServer({{ server, path: '/graphql' }}));
server.listen(port, host);
''', **where)

    def graphql_old(self, options='', **where):
        """subscriptions-transport-ws, at /graphql; `options`: more of SubscriptionServer."""
        return self.node(f'''
const {{ buildSchema, execute, subscribe }} = require('graphql'), {{ SubscriptionServer }} = require('subscriptions-transport-ws');
const schema = buildSchema('type Query {{ a: String }} type Subscription {{ b: String }}');
const server = http.createServer((q, r) => {{ r.writeHead(404); r.end(); }});
SubscriptionServer.create({{ schema, execute, subscribe, {options} }}, {{ server, path: '/graphql' }});
server.listen(port, host);
''', **where)

    def signalr(self, **options):
        """A hub at /hub that answers as ASP.NET Core's does; options: see far/signalr.js."""
        port = free_port()
        return self._part('signalr', [program('node'), os.path.join(HERE, 'far', 'signalr.js'), '@HOST@', '@PORT@', json.dumps(options)],
            '', 'none', port=port, env={'NODE_PATH': os.path.join(HERE, 'node_modules'), 'NODE_NO_WARNINGS': '1'})

    def signalr_client(self, url, *options):
        """What the real client does: (whether it got through, what it says: its transport first)."""
        p = subprocess.run([program('node'), os.path.join(HERE, 'far', 'signalr_client.js'), url, *options], capture_output=True,
            text=True, timeout=30, env={**os.environ, 'NODE_PATH': os.path.join(HERE, 'node_modules'), 'NODE_NO_WARNINGS': '1'})
        return p.returncode == 0, p.stdout + p.stderr

    PYTHON_SIO = '''
@sio.event
{async_}def connect(sid, environ, auth=None):
    pass
@sio.event
{async_}def echo(sid, *a):
    return a[0] if a else None
'''

    def sio_wsgi(self, options='', **where):
        """python-socketio on the threads of a werkzeug-like server: polling only, as `flask run` without a WebSocket library."""
        return self.python(f'''
import socketio, socketserver
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer
sio = socketio.Server(async_mode='threading', {options})
{self.PYTHON_SIO.format(async_='')}
class Threads(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 32
class Handler(WSGIRequestHandler):
    protocol_version = 'HTTP/1.0'
server = Threads((host, port), Handler)
server.set_app(socketio.WSGIApp(sio))
server.serve_forever()
''', **where)

    def sio_asgi(self, options='', mount='socket.io', **where):
        """python-socketio under uvicorn."""
        return self.uvicorn(f'''
import socketio
sio = socketio.AsyncServer(async_mode='asgi', {options})
{self.PYTHON_SIO.format(async_='async ')}
app = socketio.ASGIApp(sio, socketio_path='{mount}')
''', **where)

    def python(self, source, **where):
        """A program for the system's python; `host` and `port` are at hand."""
        text = 'import asyncio, os, signal, sys\nhost, port = os.environ["HOST"], int(os.environ["PORT"])\n' + textwrap.dedent(source)
        env = {'HOST': where.get('address', '127.0.0.1'), 'PORT': str(where.setdefault('port', free_port())), 'PYTHONUNBUFFERED': '1'}
        return self._part('python', [SYSTEM_PYTHON, '@CONF@'], text, 'far.py', env=env, **where)

    def python_echo(self, options='', **where):
        """An echo server of python-websockets; `options`: of websockets.serve."""
        return self.python(f'''
import websockets
async def echo(s, path=None):
    async for message in s:
        await s.send(message)
async def main():
    async with websockets.serve(echo, host, port, {options}):
        await asyncio.Future()
asyncio.run(main())
''', **where)

    def uvicorn(self, app, *options, **where):
        """`app`: the source of an ASGI application `app(scope, receive, send)`."""
        return self._part('uvicorn', [SYSTEM_PYTHON, '-m', 'uvicorn', 'far:app', '--host', '@HOST@', '--port', '@PORT@',
            '--lifespan', 'off', *options], app, 'far.py', **where)

    DJANGO = '''
import django
from django.conf import settings
settings.configure(DEBUG=False, SECRET_KEY='x', ALLOWED_HOSTS=['*'], ROOT_URLCONF=__name__, INSTALLED_APPS=['channels'])
django.setup()
from django.urls import path, re_path
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from channels.generic.websocket import WebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
class Echo(WebsocketConsumer):
    def receive(self, text_data=None, bytes_data=None):
        self.send(text_data=text_data, bytes_data=bytes_data)
urlpatterns = []
'''

    def daphne(self, application, **where):
        """Django with Channels. `application`: an expression of the ASGI application; `Echo` is a consumer."""
        return self._part('daphne', [program('daphne'), '-b', '@HOST@', '-p', '@PORT@', 'far:application'],
            f'{self.DJANGO}\napplication = {textwrap.dedent(application)}\n', 'far.py', env={'PYTHONPATH': '@DIR@', 'PYTHONUNBUFFERED': '1'}, **where)

    def serve(self, *options, **where):
        """`wsdx serve`, where no real program can be had."""
        return self._part('wsdx', [self.wsdx, 'serve', '--listen', '@LISTEN@', *options], '', 'none', **where)

    def lavalink(self, *options, **where):
        """A Lavalink node that is alone on its port. Lavalink is no package, so it is ours."""
        return self.serve("--lavalink-only", *options, **where)

    def serverless(self):
        """serverless-offline with the Lambdas of serverless/handler.js: a WebSocket API, and its @connections without a stage. It starts
        hundreds of modules, which takes a busy machine long. Nothing of the machine's credentials and settings is its."""
        source = os.path.join(HERE, 'serverless')
        if not os.path.isdir(os.path.join(source, 'node_modules', 'serverless-offline')):
            raise Failed('serverless-offline is not installed (tools/deps test installs it)')
        with open(os.path.join(source, 'serverless.yml')) as f:
            text = f.read()

        def prepare(folder):
            shutil.copy(os.path.join(source, 'handler.js'), folder)
            os.symlink(os.path.join(source, 'node_modules'), os.path.join(folder, 'node_modules'))

        port = free_port()
        env = {'HOST': '127.0.0.1', 'PORT': str(port), 'HTTP_PORT': str(free_port()), 'LAMBDA_PORT': str(free_port()), 'HOME': self.folder,
            'CI': '1', 'SLS_TELEMETRY_DISABLED': '1', 'SLS_TRACKING_DISABLED': '1', 'SLS_NOTIFICATIONS_MODE': 'off', 'SLS_DEPRECATION_DISABLE': '*',
            'AWS_ACCESS_KEY_ID': 'AKIDEXAMPLE', 'AWS_SECRET_ACCESS_KEY': 'example', 'AWS_REGION': 'eu-west-1',
            'AWS_EC2_METADATA_DISABLED': 'true', 'NODE_NO_WARNINGS': '1'}
        return self._part('serverless', [program('node'), os.path.join(source, 'node_modules', 'serverless', 'bin', 'serverless.js'), 'offline',
            'start'], text, 'serverless.yml', port=port, env=env, prepare=prepare, patience=30)

    def relay(self, far, delay_ms=25, rate=None, **where):
        """A TCP relay of ours: each byte arrives `delay_ms` later, both ways; `rate`: this many bytes a second go to `far`."""
        return self._part('relay', [sys.executable, os.path.join(HERE, 'far', 'relay.py'), '@LISTEN@', far.at, str(delay_ms),
            *([str(rate)] if rate else [])], '',
            'none', **where)

    def socks5(self, *options, **where):
        """A SOCKS5 proxy of ours; options: `user:password`, or `refuse` (reply 2: not allowed by ruleset)."""
        return self._part('socks5', [sys.executable, os.path.join(HERE, 'far', 'socks5.py'), '@LISTEN@', *options], '', 'none', **where)

    def redis(self, options='', **where):
        """A Redis that keeps nothing on the disk."""
        return self._part('redis', [program('redis-server'), '@CONF@'], f"""
bind @HOST@
port @PORT@
dir @DIR@
save ""
appendonly no
{options}
""", 'redis.conf', **where)

    def mosquitto(self, options='allow_anonymous true', *, listener='protocol websockets', users=(), **where):
        """An MQTT broker; `users`: (name, password) of those its password file lets in."""
        part = self._part('mosquitto', [program('mosquitto'), '-c', '@CONF@'], f'''\
{"user root" if ROOT else ""}
# 2.0.11 does not start with WebSocket listeners alone
listener 0 @DIR@/socket
listener @PORT@ @HOST@
{listener}
{"password_file @DIR@/users" if users else ""}
{options}
''', 'mosquitto.conf', prepare=lambda folder: [subprocess.run(
            [program('mosquitto_passwd'), '-b', *(['-c'] if i == 0 else []), os.path.join(folder, 'users'), *u], check=True)
            for i, u in enumerate(users)], **where)
        return part

    def rails(self, connect='true', options='', **where):
        """Action Cable on puma, at /cable. `connect`: an expression in whose light a connection is let in; `options`: of `c`, its
        configuration."""
        return self._part('puma', [program('puma'), '-q', '-b', 'tcp://@LISTEN@', '-t', '2:4', '@CONF@'], f'''\
require 'logger'
require 'active_support/all'
require 'action_cable'
class Connection < ActionCable::Connection::Base
  identified_by :user
  def connect
    self.user = ({connect}) || reject_unauthorized_connection
  end
end
c = ActionCable.server.config
config = Struct.new(:action_cable).new(c)
c.logger = Logger.new($stdout)
c.cable = {{ 'adapter' => 'async' }}
c.connection_class = -> {{ Connection }}
c.allow_same_origin_as_host = true
{options}
map('/cable') {{ run ActionCable.server }}
run ->(env) {{ [404, {{ 'Content-Type' => 'text/html' }}, ['<h1>Not Found</h1>']] }}
''', 'config.ru', **where)

    def dnsmasq(self, *options, address='127.0.0.1'):
        """A name server on port 53 of the case's own network; unknown names do not exist."""
        return self._part('dnsmasq', [program('dnsmasq'), '-k', '-C', '/dev/null', '--no-resolv', '--no-hosts', '--log-facility=-',
            '--log-queries', '--bind-interfaces', f'--listen-address={address}', '--pid-file=', '--user=', '--group=',
            *options], '', 'none', address=address, port=53)
