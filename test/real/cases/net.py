"""Names, and the way to the port."""
from lab import net
from lab.case import case
from lab.process import free_port


def names(t, *records, search=''):
    """A name server of the case's own, and a resolv.conf that points to it."""
    t.dnsmasq('--local=/test/', '--local=/corp/', *records)
    t.own_file('/etc/resolv.conf', f'nameserver 127.0.0.1\n{search}\noptions timeout:1 attempts:1\n')
    t.own_file('/etc/hosts', '127.0.0.1 localhost\n')


@case('dns-nxdomain', 'dnsmasq', healthy='a name that exists', needs='net')
def _(t):
    names(t, '--address=/chat.test/127.0.0.1')
    far = t.echo()
    t.broken(f'ws://caht.test:{far.port}/')
    t.healthy(f'ws://chat.test:{far.port}/')


@case('dns-localhost-ipv6-first', 'node, ws', healthy='bound to both families', needs='net')
def _(t):
    t.own_file('/etc/hosts', '::1 localhost ip6-localhost\n127.0.0.1 localhost\n')
    bad = t.node('''
const server = http.createServer();
new WebSocketServer({ server }).on('connection', s => s.on('error', () => {}));
// was
server.listen(port, '127.0.0.1');
// fix here
''')
    t.healthy(bad.ws())
    t.broken(f'ws://localhost:{bad.port}/')
    t.fixed(bad, f'ws://localhost:{bad.port}/')
    good = t.echo(address='::')
    t.healthy(f'ws://localhost:{good.port}/')


@case('dns-aaaa-unreachable', 'dnsmasq, nftables', healthy='both families answer', needs='net')
def _(t):
    net.sh('ip addr add 10.9.9.9/32 dev lo; ip addr add fd09::9/128 dev lo; ip addr add fd09::8/128 dev lo')
    names(t, '--host-record=bad.test,10.9.9.9,fd09::9', '--host-record=good.test,10.9.9.9,fd09::8')
    far = t.echo(address='::')
    net.filter('input', 'ip6 daddr fd09::9 tcp flags & (syn|ack) == syn drop')
    t.broken(f'ws://bad.test:{far.port}/', severity='warning')
    t.healthy(f'ws://good.test:{far.port}/')


@case('dns-a-unreachable', 'dnsmasq, nftables', healthy='both families answer', needs='net')
def _(t):
    net.sh('ip addr add 10.9.9.9/32 dev lo; ip addr add 10.9.9.8/32 dev lo; ip addr add fd09::9/128 dev lo')
    names(t, '--host-record=bad.test,10.9.9.9,fd09::9', '--host-record=good.test,10.9.9.8,fd09::9')
    far = t.echo(address='::')
    net.filter('input', 'ip daddr 10.9.9.9 tcp flags & (syn|ack) == syn drop')
    t.broken(f'ws://bad.test:{far.port}/', severity='warning')
    t.healthy(f'ws://good.test:{far.port}/')


@case('dns-no-address', 'dnsmasq', healthy='a name with an A record', needs='net')
def _(t):
    names(t, '--txt-record=mail.test,hello', '--address=/chat.test/127.0.0.1')
    far = t.echo()
    t.broken(f'ws://mail.test:{far.port}/')
    t.healthy(f'ws://chat.test:{far.port}/')


@case('dns-no-address', 'dnsmasq', healthy='the family that it has', needs='net', name='dns-no-address-of-family')
def _(t):
    names(t, '--address=/chat.test/127.0.0.1')
    far = t.echo()
    t.broken(f'ws://chat.test:{far.port}/', '-6')
    t.own_file('/etc/hosts', '127.0.0.1 localhost\n')
    t.broken(f'ws://localhost:{far.port}/', '-6')
    t.healthy(f'ws://localhost:{far.port}/', '-4')


@case('dns-resolver-silent', 'dnsmasq', healthy='a resolver that answers', needs='net')
def _(t):
    names(t, '--server=/dead.test/127.0.0.1#5999', '--address=/chat.test/127.0.0.1')
    far = t.echo()
    t.broken(f'ws://www.dead.test:{far.port}/')
    t.healthy(f'ws://chat.test:{far.port}/')


@case('dns-servfail', ours='a name server that says SERVFAIL', healthy='dnsmasq', needs='net')
def _(t):
    names(t, '--server=/broken.test/127.0.0.1#5353', '--address=/chat.test/127.0.0.1')
    t.python("""
import socket, struct, threading
accepts = socket.create_server((host, port))
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('127.0.0.1', 5353))
while True:
    q, who = s.recvfrom(512)
    s.sendto(q[:2] + struct.pack('!H', 0x8182) + q[4:6] + bytes(6) + q[12:], who)
""")
    far = t.echo()
    t.broken(f'ws://www.broken.test:{far.port}/')
    t.healthy(f'ws://chat.test:{far.port}/')


@case('dns-search-domain-hijack', 'dnsmasq, nginx', healthy='the name resolves as it stands', needs='net')
def _(t):
    net.sh('ip addr add 93.184.215.14/32 dev lo; ip addr add 10.9.9.9/32 dev lo')
    names(t, '--address=/corp/93.184.215.14', '--host-record=chat.test,10.9.9.9', search='search corp')
    far = t.echo(address='0.0.0.0')
    other = t.nginx('location / { return 404; }', address='93.184.215.14')
    t.suspected(f'ws://chat:{other.port}/')
    t.healthy(f'ws://chat.test:{far.port}/')


@case('frontend-internal-hostname', 'dnsmasq', healthy='the public name', needs='net')
def _(t):
    names(t, '--local=/local/', '--address=/chat.test/127.0.0.1')
    far = t.echo()
    t.broken(f'ws://chat.default.svc.cluster.local:{far.port}/')
    t.healthy(f'ws://chat.test:{far.port}/')


@case('tcp-refused', 'the kernel', healthy='somebody listens')
def _(t):
    port = free_port()
    t.broken(f'ws://127.0.0.1:{port}/')
    t.healthy(t.echo(port=port).ws())


@case('tcp-refused', 'nftables', healthy='the filter lets it through', needs='net', name='tcp-refused-by-filter')
def _(t):
    far = t.echo()
    net.filter('input', f'tcp dport {far.port} tcp flags & (syn|ack) == syn reject with tcp reset')
    t.broken(far.ws())
    net.unfilter()
    t.healthy(far.ws())


@case('tcp-syn-timeout-firewall', 'nftables', healthy='the filter lets it through', needs='net')
def _(t):
    host = t.host()
    where = dict(address=host.address, prefix=host.prefix)
    far = t.echo(**where)
    net.filter('input', f'tcp dport {far.port} drop', host.prefix)
    t.broken(far.ws())
    net.unfilter(host.prefix)
    t.healthy(far.ws())


@case('tcp-egress-port-blocked', 'nftables, nginx', healthy='443 of the same host', needs='net')
def _(t):
    host = t.host()
    where = dict(address=host.address, prefix=host.prefix)
    tls = t.certs.leaf(names=('chat.test',))
    far = t.echo(**where)
    web = t.nginx(t.proxied(far), tls=tls, port=443, **where)
    odd = t.nginx(t.proxied(far), tls=tls, port=8443, **where)
    net.filter('output', 'tcp dport 8443 drop')
    t.own_file('/etc/hosts', f'{host.address} chat.test\n')
    t.broken(odd.wss(name='chat.test'), '--cacert', t.certs.root)
    t.healthy(web.wss(name='chat.test'), '--cacert', t.certs.root)


@case('tcp-bound-loopback-in-container', 'haproxy', healthy='the program behind the published port listens')
def _(t):
    port = free_port()
    published = t.haproxy(f'listen lab\n    bind @LISTEN@\n    mode tcp\n    retries 0\n    server one 127.0.0.1:{port}\n')
    t.broken(published.ws())
    t.echo(port=port)
    t.healthy(published.ws())


@case('tcp-accept-no-answer', 'node', healthy='a server that answers')
def _(t):
    t.broken(t.node('http.createServer().listen(port, host);').ws('/chat'))
    t.healthy(t.echo().ws('/chat'))


@case('tcp-accept-no-answer', 'python', healthy='an event loop that runs', name='tcp-accept-blocked-loop')
def _(t):
    t.broken(t.python('''
import time
async def main():
    server = await asyncio.start_server(lambda r, w: None, host, port)
    await asyncio.sleep(0.1)
    time.sleep(1000)
asyncio.run(main())
''').ws())
    t.healthy(t.python_echo().ws())


@case('tcp-mtu-blackhole', 'nftables', healthy='the same path without the filter', needs='net')
def _(t):
    host = t.host()
    far = t.echo(address=host.address, prefix=host.prefix)
    net.filter('input', 'meta length > 1200 drop', host.prefix)
    t.broken(far.ws(), '--size', '20000', '--echo')
    net.unfilter(host.prefix)
    t.healthy(far.ws(), '--size', '20000', '--echo')


@case('tcp-mtu-blackhole', 'nftables, nginx', healthy='the same path without the filter', needs='net', name='tcp-mtu-blackhole-tls')
def _(t):
    host = t.host()
    where = dict(address=host.address, prefix=host.prefix)
    # Certificates of the usual size: the server's flight takes a full segment and a shorter one.
    many = ('chat.test', *(f'tenant-{i}.chat.test' for i in range(30)))
    far = t.nginx(t.proxied(t.echo(**where)), tls=t.certs.leaf(names=many), **where)
    t.own_file('/etc/hosts', f'{host.address} chat.test\n')
    net.filter('input', 'iifname "near" meta length > 1000 drop')
    t.broken(far.wss(name='chat.test'), '--cacert', t.certs.root)
    net.unfilter()
    t.healthy(far.wss(name='chat.test'), '--cacert', t.certs.root)


@case('tcp-idle-middlebox-drop', 'nftables', healthy='traffic within the limit', needs='net')
def _(t):
    host = t.host()
    far = t.node('''
const wss = new WebSocketServer({ host, port });
wss.on('connection', s => s.on('error', () => {}));
// fix here
''', address=host.address, prefix=host.prefix)
    net.nft('''table inet lab {
    set live { type inet_service; flags dynamic,timeout; timeout 2s; size 1000; }
    chain out { type filter hook output priority 0;
        tcp dport %d tcp flags & (syn|ack) == syn update @live { tcp sport timeout 2s } accept
        tcp dport %d tcp sport @live update @live { tcp sport timeout 2s } accept
        tcp dport %d drop
    }
}''' % (far.port, far.port, far.port))
    t.broken(far.ws(), '--idle', '6s')
    t.fixed(far, far.ws(), '--idle', '6s', edit=lambda s: s.replace('30000', '1000'))
    net.unfilter()
    t.healthy(far.ws(), '--idle', '6s')


@case('tcp-host-unreachable', 'the kernel', healthy='a host that is there', needs='net')
def _(t):
    net.sh('ip addr add 10.9.9.9/32 dev lo; ip route add unreachable 10.9.8.0/24')
    far = t.echo(address='10.9.9.9')
    t.broken(f'ws://10.9.8.7:{far.port}/')
    t.healthy(far.ws())


@case('tcp-syn-timeout-firewall', 'nftables', healthy='the filter lets it through', needs='net', name='tcp-admin-prohibited')
def _(t):
    host = t.host()
    far = t.echo(address=host.address, prefix=host.prefix)
    net.filter('input', f'tcp dport {far.port} reject with icmpx type admin-prohibited', host.prefix)
    t.broken(far.ws())
    net.unfilter(host.prefix)
    t.healthy(far.ws())
