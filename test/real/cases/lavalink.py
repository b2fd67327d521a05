"""A Lavalink node, and the clients of it. Lavalink itself is no package: `wsdx serve` plays the node, Shoukaku is the real client."""
from lab.case import healthy_case

GOOD = "const s = bot(); await s.seen('ready');"

# What a bot does: connect, look at the node, load a track, join a channel, play it to its end.
PLAY = '''
const s = bot();
assert.deepEqual(await s.seen('ready'), [false, false]);
const info = await s.node().rest.getLavalinkInfo();
assert.equal(info.version.major, 4);
assert.ok(info.sourceManagers.includes('http'));
await s.seen('raw', m => m.op === 'stats');
assert.equal(s.node().stats.cpu.cores, 4);
const found = await s.node().rest.resolve('https://example.org/tone.wav');
assert.equal(found.loadType, 'track');
assert.equal((await s.node().rest.decode(found.data.encoded)).info.title, 'Test tone');
assert.equal((await s.node().rest.resolve('ytsearch:nothing')).loadType, 'empty');
assert.equal((await s.node().rest.resolve('http://127.0.0.1/page')).loadType, 'error');
const player = await s.joinVoiceChannel({ guildId: '1', channelId: '2', shardId: 0 });
const seen = [];
for (const name of ['start', 'end', 'update']) player.on(name, e => seen.push([name, e]));
await player.playTrack({ track: { encoded: found.data.encoded } });
await s.seen('raw', m => m.type === 'TrackEndEvent');
assert.deepEqual(seen.map(([name]) => name).filter(name => name !== 'update'), ['start', 'end']);
assert.equal(seen.at(-1)[1].reason, 'finished');
assert.ok(seen.some(([name, e]) => name === 'update' && e.state.connected && e.state.ping > 0));
assert.equal((await s.node().rest.getPlayers()).length, 1);
await s.leaveVoiceChannel('1');
assert.equal((await s.node().rest.getPlayers()).length, 0);
await assert.rejects(s.node().rest.getPlayer('1'), e => e.status === 404 && e.message === 'Player not found');
'''

# A blip of the network while a track plays.
CUT = '''
const s = bot({ resume: true, resumeTimeout: 5 });
await s.seen('ready');
await s.seen('debug', text => text.includes('Resuming configured'));
const player = await s.joinVoiceChannel({ guildId: '1', channelId: '2', shardId: 0 });
await player.playTrack({ track: { identifier: 'https://example.org/tone.wav' } });
const before = s.node().sessionId, from = s.log.length;
s.node().ws.terminate();
const [code] = await s.seen('close', () => true, from);
assert.equal(code, 1006);
const [resumed] = await s.seen('ready', () => true, from);
'''

REFUSED = '''
const s = bot();
const [error] = await s.seen('error', e => /Unexpected server response/.test(e.message));
assert.match(error.message, /response: %d/);
await s.seen('error', e => GAVE_UP.test(e.message));
assert.equal(s.nodes.size, 0);
'''

# What REST says, with the words of the client.
REST = '''
const late = bot();
await late.seen('reconnecting');
const e = await late.node().rest.stats().then(() => ({ status: 200 }), e => e);
assert.equal(e.status, %d);
'''


@healthy_case('lavalink-shoukaku', 'shoukaku: connects to our node, loads, joins, plays, leaves')
def _(t):
    t.shoukaku(t.lavalink(), PLAY)


@healthy_case('lavalink-shoukaku-resume', 'shoukaku: cut and back in time, the session goes on, its player too')
def _(t):
    t.shoukaku(t.lavalink(), CUT + '''
assert.equal(resumed, true);
assert.equal(s.node().sessionId, before);
await s.seen('raw', m => m.type === 'TrackEndEvent' && m.reason === 'finished');
assert.equal((await s.node().rest.getPlayers()).length, 1);
''')
    t.shoukaku(t.lavalink('--fault', 'lavalink-resume-lost'), CUT + '''
assert.equal(resumed, false);
assert.notEqual(s.node().sessionId, before);
assert.equal((await s.node().rest.getPlayers()).length, 0);
''')


@healthy_case('lavalink-shoukaku-password', 'shoukaku: a wrong password is 401 by WebSocket and 403 by REST')
def _(t):
    node = t.lavalink()
    t.shoukaku(node, REFUSED % 401, password='wrong')
    t.shoukaku(node, REST % 403, password='wrong')
    t.shoukaku(node, GOOD)


@healthy_case('lavalink-shoukaku-not-ready', 'shoukaku 4.3: a node that comes up late is thrown away again')
def _(t):
    """The error of the first try outlives the try that succeeds (Node.connect): ready comes, then disconnect."""
    node = t.lavalink()
    node.process.stop()
    t.shoukaku(node, '''
const s = bot({ reconnectTries: 20, reconnectInterval: 0.2 });
await s.seen('error', e => e.code === 'ECONNREFUSED');
console.log('refused');
await s.seen('error', e => GAVE_UP.test(e.message));
assert.ok(s.log.some(([name]) => name === 'ready'));
assert.equal(s.nodes.size, 0);
const again = bot();
await again.seen('ready');
''', meanwhile=node.process.start)
    t.shoukaku(t.lavalink('--fault', 'lavalink-not-ready,after=1h'), '''
const s = bot();
await s.seen('error', e => e.code === 'ECONNRESET');
await s.seen('error', e => GAVE_UP.test(e.message));
''')


@healthy_case('lavalink-shoukaku-authorization-lost', 'shoukaku behind nginx and HAProxy that drop Authorization: 401 by both')
def _(t):
    node = t.lavalink()
    for bad in (t.nginx(t.proxied(node, 'proxy_set_header Authorization "";')),
                t.haproxy_over([node], more='http-request del-header Authorization'),
                t.lavalink('--fault', 'lavalink-authorization-lost')):
        t.shoukaku(bad, REFUSED % 401)
        t.shoukaku(bad, REST % 401)
    for good in (t.nginx(t.proxied(node)), t.haproxy_over([node])):
        t.shoukaku(good, GOOD)


@healthy_case('lavalink-shoukaku-upgrade-missing', 'shoukaku behind nginx without the Upgrade lines: 400 with the words of Spring')
def _(t):
    node = t.lavalink()
    for bad in (t.nginx(f'location / {{ proxy_pass http://{node.at}; }}'), t.lavalink('--fault', 'lavalink-proxy-upgrade-missing')):
        t.shoukaku(bad, REFUSED % 400)
        t.shoukaku(bad, '''
const answer = await fetch(`http://${process.env.NODE_URL}/v4/websocket`,
    { headers: { Authorization: process.env.NODE_PASSWORD, 'User-Id': '1' } });
assert.equal(answer.status, 400);
assert.equal(await answer.text(), 'Can "Upgrade" only to "WebSocket".');
''')


@healthy_case('lavalink-shoukaku-versions', 'shoukaku: a node of version 3 is 404, a client of version 3 is 200 and nothing')
def _(t):
    t.shoukaku(t.lavalink('--fault', 'lavalink-v4-client-on-v3'), REFUSED % 404)
    t.shoukaku(t.lavalink(), '''
const ws = require('ws');
for (const path of ['/', '/v3/websocket']) {
    const old = new ws(`ws://${process.env.NODE_URL}${path}`, { headers: { Authorization: process.env.NODE_PASSWORD, 'User-Id': '1' } });
    const [error] = await require('events').once(old, 'error');
    assert.match(error.message, /response: 200/);
}''')


@healthy_case('lavalink-shoukaku-voice', "shoukaku: Discord's code ends a player's voice, not the node's connection")
def _(t):
    t.shoukaku(t.lavalink('--fault', 'lavalink-4xxx-is-discord-voice'), '''
const s = bot();
await s.seen('ready');
const player = await s.joinVoiceChannel({ guildId: '1', channelId: '2', shardId: 0 });
const [closed] = await s.seen('raw', m => m.type === 'WebSocketClosedEvent' && m.guildId === '1');
assert.equal(closed.code, 4006);
assert.ok(!s.log.some(([name]) => name === 'close'));
''')
    t.shoukaku(t.lavalink('--fault', 'lavalink-channelid-missing'), '''
const s = bot();
await s.seen('ready');
await s.joinVoiceChannel({ guildId: '1', channelId: '2', shardId: 0 });
const voice = { token: 't', endpoint: 'e', sessionId: 's' };
await assert.rejects(s.node().rest.updatePlayer({ guildId: '2', playerOptions: { voice } }), e => e.status === 400 && /channelId/.test(e.message));
''')
