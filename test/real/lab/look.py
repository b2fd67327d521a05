"""A bare WebSocket upgrade on a socket: to hold connections open, and to see that a broken set-up is broken
in the way its case says (run --look), without wsdx."""
import base64
import http.client
import os
import re
import socket
import ssl
import time
from urllib.parse import urlsplit


def upgrade(host, port, path='/', headers=(), tls=None, wait=4, sock=None, name=None):
    """Sends the upgrade; returns (what came within a moment of the head, the socket)."""
    s = sock or socket.create_connection((host, port), timeout=wait)
    if tls:
        s = tls.wrap_socket(s, server_hostname=name or host)
    s.settimeout(wait)
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [f'GET {path} HTTP/1.1', f'Host: {name or host}:{port}', 'Upgrade: websocket', 'Connection: Upgrade',
        f'Sec-WebSocket-Key: {key}', 'Sec-WebSocket-Version: 13', *headers]
    s.sendall(('\r\n'.join(lines) + '\r\n\r\n').encode())
    got = b''
    while b'\r\n\r\n' not in got:
        data = s.recv(65536)
        if not data:
            break
        got += data
    s.settimeout(0.3)
    try:
        got += s.recv(65536)
    except (TimeoutError, OSError):
        pass
    return got.decode('latin-1'), s


def polling(u, tls, eio, headers=()):
    """What a Socket.IO client meets: the handshake, its sid on a new connection, the upgrade."""
    def ask(method, query, body=None, wait=4):
        kind = http.client.HTTPSConnection if u.scheme == 'https' else http.client.HTTPConnection
        c = kind(u.hostname, u.port, timeout=wait, **({'context': tls} if tls else {}))
        try:
            c.request(method, path + query, body, {'Content-Type': 'text/plain', **dict(h.split(': ', 1) for h in headers)} if body else
                dict(h.split(': ', 1) for h in headers))
            r = c.getresponse()
            seen = {k: v for k, v in r.getheaders() if k.lower().startswith(('access-control', 'set-cookie', 'content-enc'))}
            return r.status, r.read().decode('latin-1'), seen
        except OSError as e:
            return type(e).__name__, str(e), {}
        finally:
            c.close()
    path = (u.path if len(u.path) > 1 else '/socket.io/') + f'?EIO={eio}&transport='
    open_ = ask('GET', 'polling')
    print(f'        {open_}'[:420])
    sid = re.search(r'"sid":"([^"]*)"', open_[1])
    if sid:
        for body in ('40', '42["look"]'):
            body = body if eio == '4' else f'{len(body)}:{body}'
            print(f'        POST {ask("POST", "polling&sid=" + sid.group(1), body)}'[:300])
            if body.endswith('40'):
                print(f'        GET {ask("GET", "polling&sid=" + sid.group(1))}'[:300])
    return path + 'websocket'


def show(url, options):
    options = list(options)
    def all_of(name):
        return [options[i + 1] for i, o in enumerate(options) if o == name]
    if not url:
        print(f'    (no URL) {options}')
        return None
    u = urlsplit(url)
    host, port = u.hostname, u.port or (443 if u.scheme in ('wss', 'https') else 80)
    address = next((r.split(':', 2)[2].strip('[]') for r in all_of('--resolve') if r.startswith(f'{host}:{port}:')), host)
    tls = None
    if u.scheme in ('wss', 'https'):
        tls = ssl.create_default_context(cafile=next(iter(all_of('--cacert')), None))
        if '-k' in options:
            tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
        if all_of('--cert'):
            tls.load_cert_chain(all_of('--cert')[0], all_of('--key')[0])
    headers = [h for h in all_of('-H')] + [f'Sec-WebSocket-Protocol: {p}' for p in all_of('--subprotocol')]
    headers += [f'Origin: {o}' for o in all_of('--origin')]
    began = time.monotonic()
    print(f'    {url} {" ".join(options)}')
    if u.scheme.startswith('http'):
        target = polling(u, tls, next(iter(all_of('--eio')), '4'), headers)
        u = urlsplit(f'{url[:url.index("/", 8)]}{target}')
    try:
        answer, s = upgrade(address, port, (u.path or '/') + ('?' + u.query if u.query else ''), headers, tls, name=host)
        hold = next(iter(all_of('--idle')), '')
        ended = 'open'
        if hold:
            s.settimeout(float(hold.rstrip('s')))
            try:
                ended = f'then {s.recv(100)!r} after {time.monotonic() - began:.1f} s'
            except OSError as e:
                ended = f'then {e}'
        s.close()
        told = ' '.join(repr(answer[:230]).split()) + f' {ended}'
    except (OSError, ssl.SSLError) as e:
        told = f'{type(e).__name__}: {e}'
    print(f'        {time.monotonic() - began:.2f} s  {told}')
    return None
