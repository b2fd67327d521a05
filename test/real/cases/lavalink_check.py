"""wsdx at a Lavalink node: alone, with each fault, behind proxies that lose what it needs."""
import concurrent.futures
import json
import os

from lab.case import case, healthy_case

PASSWORD = ('--password', 'youshallnotpass')


@healthy_case('lavalink', 'our Lavalink node: by option, by its address, by itself, behind nginx and HAProxy')
def _(t):
    node = t.lavalink()
    t.healthy(node.http('/'), *PASSWORD)
    t.healthy(node.ws('/v4/websocket'), *PASSWORD, '--reconnect', '--try-wrong-auth', '--try-headers')
    t.healthy(f'lavalink://:youshallnotpass@{node.at}')
    t.healthy(t.nginx(t.proxied(node)).http('/'), *PASSWORD)
    t.healthy(t.haproxy_over([node]).http('/'), *PASSWORD)
    t.recognised(t.lavalink(address='127.0.0.9', port=2333).http('/'), 'lavalink', '-H', 'Authorization: youshallnotpass')
    t.recognised(node.ws('/v4/websocket'), 'lavalink', '-H', 'Authorization: youshallnotpass')


@case('lavalink-bad-password', ours='our Lavalink node', healthy='the password is right')
def _(t):
    node = t.lavalink()
    t.broken(node.http('/'), '--password', 'Youshallnotpass')
    t.broken(node.http('/'), '--dialect', 'lavalink')
    t.broken(node.http('/'))
    t.broken(t.lavalink('--fault', 'lavalink-bad-password').http('/'), *PASSWORD)
    t.broken(t.nginx(t.proxied(node)).http('/'), '--password', 'other')
    t.healthy(node.http('/'), *PASSWORD)


@case('lavalink-authorization-lost', 'nginx, HAProxy', healthy='they pass Authorization on')
def _(t):
    node = t.lavalink()
    bad = t.nginx(t.proxied(node, 'proxy_set_header Authorization ""; # was\n    # fix here'))
    t.broken(bad.http('/'), *PASSWORD)
    t.fixed(bad, bad.http('/'), *PASSWORD)
    t.broken(t.haproxy_over([node], more='http-request del-header Authorization').http('/'), *PASSWORD, '--direct', node.http('/'))
    t.broken(t.lavalink('--fault', 'lavalink-authorization-lost').http('/'), *PASSWORD)
    t.without(node.http('/'), '--password', 'other')


@case('lavalink-proxy-upgrade-missing', 'nginx, HAProxy', healthy='the three lines are there')
def _(t):
    node = t.lavalink()
    bad = t.nginx(f'location / {{\n    proxy_pass http://{node.at};\n    # fix here\n}}')
    t.broken(bad.http('/'), *PASSWORD, '--direct', node.http('/'))
    t.fixed(bad, bad.http('/'), *PASSWORD)
    t.broken(t.haproxy_over([node], more='http-request del-header Upgrade').http('/'), *PASSWORD)
    t.broken(t.lavalink('--fault', 'lavalink-proxy-upgrade-missing').http('/'), *PASSWORD)


@case('lavalink-missing-user-id', 'nginx', healthy='User-Id is passed on')
def _(t):
    node = t.lavalink()
    t.broken(t.nginx(t.proxied(node, 'proxy_set_header User-Id "";')).http('/'), *PASSWORD)
    t.broken(node.http('/'), *PASSWORD, '--user-id', '0')
    t.broken(node.http('/'), *PASSWORD, '--user-id', '')
    t.healthy(t.nginx(t.proxied(node)).http('/'), *PASSWORD, '--user-id', '123456789')


@case('lavalink-nonnumeric-user-id', ours='our Lavalink node', healthy='a number')
def _(t):
    node = t.lavalink()
    t.broken(node.http('/'), *PASSWORD, '--user-id', 'abc')
    t.healthy(node.http('/'), *PASSWORD, '--user-id', '123456789')


@case('lavalink-v3-client-on-v4', ours='our Lavalink node', healthy='/v4/websocket')
def _(t):
    node = t.lavalink()
    t.broken(node.ws('/v3/websocket'), *PASSWORD)
    t.healthy(node.ws('/v4/websocket'), *PASSWORD)


@case('lavalink-v4-client-on-v3', ours='our Lavalink node of version 3', healthy='one of version 4')
def _(t):
    t.broken(t.lavalink('--fault', 'lavalink-v4-client-on-v3').http('/'), *PASSWORD)
    t.healthy(t.lavalink().http('/'), *PASSWORD)


@case('lavalink-not-ready', ours='our Lavalink node, started late', healthy='started before')
def _(t):
    node = t.lavalink()
    t.unmentioned(node.http('/'), *PASSWORD, '--wait', '10s')
    node.process.stop()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(t.mentioned, node.http('/'), *PASSWORD, '--wait', '20s')
        concurrent.futures.wait([waiting], timeout=1.5)
        node.process.start()
        waiting.result()
    t.mentioned(t.lavalink('--fault', 'lavalink-not-ready,after=3s').http('/'), *PASSWORD, '--wait', '20s')


@case('lavalink-secure-flag', 'nginx', healthy='https')
def _(t):
    node = t.lavalink()
    tls = t.nginx(t.proxied(node), tls=t.certs.leaf())
    t.broken(tls.http('/').replace('http:', 'lavalink:'), *PASSWORD)
    t.broken(t.nginx(f'return 307 https://{tls.at}$request_uri;').http('/'), *PASSWORD, '--dialect', 'lavalink')
    t.healthy(tls.https('/'), *PASSWORD, '--cacert', t.certs.root)
    t.broken(node.http('/').replace('http:', 'https:'), *PASSWORD, '--dialect', 'lavalink')


@case('lavalink-public-node-403', ours='a CDN of ours that wants a browser', healthy='none in front')
def _(t):
    t.broken(t.serve('--fault', 'http-bot-or-waf-403').ws('/v4/websocket'), *PASSWORD)
    t.without(t.lavalink().http('/'), '--password', 'other')


@case('lavalink-resume-lost', 'nginx', healthy='Session-Id is passed on; HAProxy brings it back to its node')
def _(t):
    nodes = [t.lavalink(), t.lavalink()]
    t.broken(t.nginx(t.proxied(nodes[0], 'proxy_set_header Session-Id "";')).http('/'), *PASSWORD, '--reconnect', severity='warning')
    t.broken(t.lavalink('--fault', 'lavalink-resume-lost').http('/'), *PASSWORD, '--reconnect', severity='warning')
    t.healthy(t.haproxy_over(nodes, more='balance source').http('/'), *PASSWORD, '--reconnect')
    t.healthy(nodes[0].http('/'), *PASSWORD, '--reconnect')


@case('lavalink-cpu-starved', ours='our Lavalink node', healthy='all frames are sent')
def _(t):
    t.broken(t.lavalink('--fault', 'lavalink-cpu-starved').http('/'), *PASSWORD, severity='warning')
    t.healthy(t.lavalink().http('/'), *PASSWORD)


@case('lavalink-4xxx-is-discord-voice', ours='our Lavalink node', healthy='nothing of the kind')
def _(t):
    t.mentioned(t.lavalink('--fault', 'lavalink-4xxx-is-discord-voice').http('/'), *PASSWORD)
    t.mentioned(t.lavalink('--fault', 'lavalink-4xxx-is-discord-voice,code=4004').http('/'), *PASSWORD)
    t.unmentioned(t.lavalink().http('/'), *PASSWORD)


@case('lavalink-dave-4017', ours='our Lavalink node', healthy='another code')
def _(t):
    t.broken(t.lavalink('--fault', 'lavalink-dave-4017').http('/'), *PASSWORD)
    t.without(t.lavalink('--fault', 'lavalink-4xxx-is-discord-voice').http('/'), *PASSWORD)


@case('lavalink-no-ready', 'ws', healthy='a node')
def _(t):
    t.broken(t.echo().ws('/v4/websocket'), *PASSWORD)
    t.healthy(t.lavalink().ws('/v4/websocket'), *PASSWORD)


@case('lavalink-node-config', ours='our Lavalink node', healthy='host and port, as the library wants them')
def _(t):
    node = t.lavalink()
    path = os.path.join(t.folder, 'node.json')

    def config(**node):
        with open(path, 'w') as f:
            json.dump({'name': 'main', **node}, f)

    config(url=f'http://{node.at}', auth='youshallnotpass')
    t.check(None, '--node-config', path)
    if not t.found('lavalink-node-config'):
        t.wrong('a scheme in url is not mentioned')
    config(url=node.at, auth='youshallnotpass', secure=False)
    t.healthy(None, '--node-config', path)
