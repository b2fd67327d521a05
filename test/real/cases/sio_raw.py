"""Clients of one's own making, that speak WebSocket to a Socket.IO server: --dialect websocket is such a client."""
from lab.case import case

RAW = ('--dialect', 'websocket')


def at(far, eio=4):
    return far.ws(f'/socket.io/?EIO={eio}&transport=websocket')


@case('eio-heartbeat-direction', 'socket.io 4', healthy='the answer to a heartbeat; a server of version 2, which is pinged')
def _(t):
    far = t.sio()
    t.broken(at(far), *RAW, '--send', '2')
    t.healthy(at(far), *RAW, '--send', '40')
    t.healthy(at(t.sio(version=2), 3), *RAW, '--send', '2')


@case('eio-heartbeat-direction', 'socket.io 3', healthy='nothing is sent', name='eio-heartbeat-direction-3')
def _(t):
    far = t.sio(version=3)
    t.broken(at(far), *RAW, '--send', '2')
    t.healthy(at(far), *RAW)


@case('sio-event-before-connect', 'socket.io 4', healthy='CONNECT comes first')
def _(t):
    far = t.sio()
    t.broken(at(far), *RAW, '--send', '42["echo",1]')
    t.healthy(at(far), *RAW, '--send', '40')
    t.healthy(far.http('/socket.io/'), '--emit', 'echo 1')


@case('sio-parse-error', 'socket.io 4', healthy='a packet; the same text to a plain WebSocket')
def _(t):
    far = t.sio()
    t.broken(at(far), *RAW, '--send', 'hello')
    t.broken(at(far), *RAW, '--send', '{"event":"echo"}')
    t.healthy(at(far), *RAW, '--send', '40')
    t.healthy(t.echo().ws(), '--send', 'hello')


@case('sio-raw-ws-client', 'socket.io 4', healthy='a Socket.IO client; a server that waits longer')
def _(t):
    far = t.sio('connectTimeout: 1200')
    t.broken(at(far), *RAW, '--idle', '1500ms')
    t.healthy(far.http('/socket.io/'), '--idle', '1500ms')
    t.healthy(at(t.sio()), *RAW, '--idle', '1500ms')


@case('conn-max-age-platform', 'ws', healthy='a limit beyond what is held', name='conn-max-age-not-socketio')
def _(t):
    # The same end at one age from a plain server is a maximum age.
    t.broken(t.echo(on="setTimeout(() => s.close(), 1500);").ws(), '--idle', '2s')
    t.healthy(t.echo(on="setTimeout(() => s.close(), 15000);").ws(), '--idle', '2s')
