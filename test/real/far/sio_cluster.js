// A cluster: two node servers of socket.io in this process with @socket.io/redis-adapter, and servers of wsdx; clients of each say
// events to all the others.
//
//     node sio_cluster.js classic|sharded|alone|apart REDIS_PORT URL…
//
// alone: the wsdx servers have no Redis, and the node servers see each other only. apart: as alone, of wsdx servers with one that has
// lost its Redis. When it prints "restart", Redis is to be restarted, and a line on stdin says that it was.
'use strict';
const assert = require('assert');
const http = require('http');
const { Server } = require('socket.io4');
const { createAdapter, createShardedAdapter } = require('@socket.io/redis-adapter');
const { Emitter } = require('@socket.io/redis-emitter');
const { createClient } = require('redis');
const [kind, redis, ...urls] = process.argv.slice(2);
const far = urls.length;
let step = 'begin';
setTimeout(() => { console.log(`stuck at: ${step}`); process.exit(1); }, 45000).unref();

const once = (socket, event) => new Promise(done => socket.once(event, (...a) => done(a)));
const acked = (socket, ...a) => new Promise(done => socket.emit(...a, (...back) => done(back)));
const hex = v => v instanceof ArrayBuffer || ArrayBuffer.isView(v) ? Buffer.from(v).toString('hex') : v;
const plain = v => hex(v) !== v ? hex(v) : Array.isArray(v) ? v.map(plain) : v && typeof v === 'object'
    ? Object.fromEntries(Object.entries(v).map(([k, w]) => [k, plain(w)])) : v;
const connection = async () => {
    const c = createClient({ url: `redis://127.0.0.1:${redis}`, socket: { reconnectStrategy: () => 50 } }).on('error', () => {});
    await c.connect();
    return c;
};
async function until(what, met) {
    for (const end = Date.now() + 10000; Date.now() < end; await new Promise(r => setTimeout(r, 20)))
        if (await met())
            return;
    throw new Error(`never: ${what}`);
}

// the events of `wsdx serve`
function serve(nsp) {
    nsp.on('connection', socket => {
        socket.emit('auth', {});
        const words = a => a.filter(x => typeof x !== 'function'), done = a => typeof a[a.length - 1] === 'function' && a[a.length - 1]();
        socket.on('join', (room, ack) => { socket.join(room); ack([...socket.rooms]); });
        socket.on('broadcast', (...a) => { socket.broadcast.emit(...words(a)); done(a); });
        socket.on('everyone', (...a) => { nsp.emit(...words(a)); done(a); });
        socket.on('to-room', (room, ...a) => { socket.to(room).emit(...words(a)); done(a); });
        socket.on('in-room', (room, ...a) => { nsp.to(room).emit(...words(a)); done(a); });
    });
    nsp.on('hello', (word, ack) => ack(`hello ${word}`));
}

async function node() {
    const io = new Server(), pub = await connection(), sub = await connection();
    io.adapter(kind === 'sharded' ? createShardedAdapter(pub, sub) : createAdapter(pub, sub));
    serve(io);
    serve(io.of('/custom'));
    const server = http.createServer();
    io.attach(server);
    await new Promise(done => server.listen(0, '127.0.0.1', done));
    return { io, pub, url: `http://127.0.0.1:${server.address().port}` };
}

const ARGS = [1, -40000, 1.5, 'é😀\n', null, true, { a: [Buffer.from([0, 255, 1]), {}], long: 'x'.repeat(70000) }, Buffer.alloc(300, 7), 2 ** 40];

async function main() {
    const nodes = [await node(), await node()];
    const all = [];
    const everywhere = [...urls, ...nodes.map(n => n.url)];
    const connected = numbers => until(`${numbers} servers at Redis`, async () => {
        const words = kind === 'sharded' ? ['PUBSUB', 'SHARDNUMSUB', 'socket.io#/#'] : ['PUBSUB', 'NUMSUB', 'socket.io-request#/#'];
        return +(await nodes[0].pub.sendCommand(words))[1] === numbers;
    });
    const together = kind === 'classic' || kind === 'sharded';
    await connected(together ? far + 2 : 2);

    // --- clients: two at each server, by either transport
    for (const nsp of ['/', '/custom'])
        for (const [i, url] of everywhere.entries())
            for (const transports of [['websocket'], ['polling']]) {
                const s = require('socket.io-client4')(url + nsp, { transports, forceNew: true });
                Object.assign(s, { nspName: nsp, at: i, name: `${nsp} ${i < far ? 'wsdx' : 'node'} ${i} ${transports}`, heard: [] });
                s.on('news', (...a) => s.heard.push(plain(a)));
                all.push(s);
            }
    await Promise.all(all.map(s => once(s, 'auth')));
    const of = nsp => all.filter(s => s.nspName === nsp);
    // each that is to hear hears once; what comes later says that nobody else did
    async function heard(text, args, hearers) {
        step = text;
        try {
            await until(text, () => hearers.every(s => s.heard.length));
        } catch (e) {
            throw new Error(`${text} did not reach ${hearers.filter(s => !s.heard.length).map(s => s.name).join('; ')}`);
        }
        await new Promise(r => setTimeout(r, 30));
        for (const s of all) {
            assert.deepStrictEqual(s.heard, hearers.includes(s) ? [plain(args)] : [], `${text} at ${s.name}`);
            s.heard = [];
        }
    }
    const reach = s => together ? of(s.nspName) : of(s.nspName).filter(t => t.at === s.at || (t.at >= far && s.at >= far));

    if (!together) {
        for (const s of of('/')) {
            s.emit('everyone', 'news', 1);
            await heard(`everyone from ${s.name}`, [1], reach(s));
        }
        return;
    }

    const everyone = async () => {
        for (const s of of('/').concat(of('/custom').slice(0, 2))) {
            s.emit('everyone', 'news', ...ARGS);
            await heard(`everyone from ${s.name}`, ARGS, of(s.nspName));
        }
    };
    await everyone();
    for (const s of of('/custom')) {
        s.emit('broadcast', 'news', 'plain', 2);
        await heard(`broadcast from ${s.name}`, ['plain', 2], of('/custom').filter(t => t !== s));
    }

    // --- rooms: one member at each server
    const red = of('/').filter((s, i) => i % 2), rooms = of('/').filter((s, i) => i % 2 === 0);
    await Promise.all(red.map(s => acked(s, 'join', 'red')));
    await acked(of('/custom')[0], 'join', 'red');
    await new Promise(r => setTimeout(r, 100)); // sharded: the subscription to the room's channel
    for (const s of red.concat(rooms)) {
        s.emit('to-room', 'red', 'news', ...ARGS);
        await heard(`to-room from ${s.name}`, ARGS, red.filter(t => t !== s));
        s.emit('in-room', 'red', 'news', 3);
        await heard(`in-room from ${s.name}`, [3], red);
    }
    for (const s of of('/')) {
        const to = of('/')[(all.indexOf(s) + 3) % of('/').length];
        s.emit('to-room', to.id, 'news', 'you', Buffer.from([9]));
        await heard(`${s.name} to ${to.name} alone`, ['you', Buffer.from([9])], [to]);
    }

    // --- what a node server asks of the others
    const io = nodes[0].io, ids = sockets => sockets.map(s => s.id).sort();
    step = 'fetchSockets';
    assert.deepStrictEqual((await io.in('red').fetchSockets()).map(s => s.id).sort(), ids(red));
    assert.deepStrictEqual((await io.except('red').fetchSockets()).map(s => s.id).sort(), ids(rooms));
    assert.deepStrictEqual([...(await io.in(red[0].id).fetchSockets())[0].rooms].sort(), ['red', red[0].id].sort());
    if (kind === 'classic') {
        step = 'allRooms';
        assert.deepStrictEqual([...await io.of('/').adapter.allRooms()].sort(), ['red', ...ids(of('/'))].sort());
    }
    step = 'serverSideEmit';
    assert.deepStrictEqual((await io.serverSideEmitWithAck('hello', 'there')).sort(), ['hello there', ...urls.map(() => null)].sort());
    io.serverSideEmit('hello', 'nobody', () => {});
    step = 'emitWithAck';
    all.forEach(s => s.on('ask', (n, ack) => ack(n + s.at)));
    assert.deepStrictEqual((await io.in('red').timeout(8000).emitWithAck('ask', 100)).sort(), red.map(s => 100 + s.at).sort());
    all.forEach(s => s.off('ask').on('ask', (n, ack) => ack(Buffer.from([n, s.at]))));
    assert.deepStrictEqual((await io.in('red').timeout(8000).emitWithAck('ask', 100)).map(hex).sort(), red.map(s => hex(Buffer.from([100, s.at]))).sort());
    step = 'socketsJoin';
    io.in(rooms.slice(0, 3).map(s => s.id)).socketsJoin(['blue', 'green']);
    await until('three in blue', async () => (await io.in('blue').fetchSockets()).length === 3);
    await new Promise(r => setTimeout(r, 100));
    io.to('blue').emit('news', 'blue');
    await heard('io.to(blue)', ['blue'], rooms.slice(0, 3));
    io.in('green').socketsLeave('blue');
    await until('none in blue', async () => (await io.in('blue').fetchSockets()).length === 0);
    io.except('green').emit('news', 'not green', Buffer.from([1]));
    await heard('io.except(green)', ['not green', Buffer.from([1])], of('/').filter(s => !rooms.slice(0, 3).includes(s)));

    // --- a program that only emits
    if (kind === 'classic') {
        const emitter = new Emitter(nodes[1].pub);
        emitter.emit('news', ...ARGS);
        await heard('emitter', ARGS, of('/'));
        emitter.to('red').except(red[1].id).emit('news', 'red');
        await heard('emitter to red', ['red'], red.filter(s => s !== red[1]));
        emitter.of('/custom').emit('news', new Date(Date.UTC(2024, 1, 29, 23, 59, 58, 7)), undefined, new Uint8Array([5, 6]).buffer);
        await heard('emitter to /custom', ['2024-02-29T23:59:58.007Z', null, Buffer.from([5, 6])], of('/custom'));
        emitter.in(rooms[0].id).socketsJoin('late');
        await until('one in late', async () => (await io.in('late').fetchSockets()).length === 1);
    }

    // --- Redis goes and comes back
    step = 'restart';
    const one = of('/')[0];
    console.log('restart');
    await once(process.stdin, 'data');
    await connected(far + 2);
    await new Promise(r => setTimeout(r, 200));
    await everyone();
    red[0].emit('in-room', 'red', 'news', 'again');
    await heard('in-room after the restart', ['again'], red);

    step = 'disconnectSockets';
    const gone = [once(one, 'disconnect'), once(all[3], 'disconnect')];
    nodes[1].io.in([one.id, all[3].id]).disconnectSockets(true);
    await Promise.all(gone);
    assert.strictEqual((await io.fetchSockets()).length, of('/').length - 2);
    assert(of('/custom').every(s => s.connected));
}
main().then(() => { console.log('done'); process.exit(0); }, e => { console.log(`${step}: ${e.stack}`); process.exit(1); });
