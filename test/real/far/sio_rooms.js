// Real clients in the rooms of `wsdx serve`.
//
//     node sio_rooms.js URL rooms|recovery
'use strict';
const assert = require('assert');
const [url, what] = process.argv.slice(2);
let step = 'connect';
setTimeout(() => { console.log(`stuck at: ${step}`); process.exit(1); }, 20000).unref();

const client = (generation, transports, namespace = '/') =>
    require(`socket.io-client${generation}`)(url + namespace, { transports, forceNew: true, reconnectionDelay: 50, reconnectionDelayMax: 100 });
const once = (socket, event) => new Promise(done => socket.once(event, (...a) => done(a)));
const acked = (socket, ...a) => new Promise(done => socket.emit(...a, (...back) => done(back)));
const hex = v => v instanceof ArrayBuffer || ArrayBuffer.isView(v) ? Buffer.from(v).toString('hex') : v;
const keep = socket => { socket.heard = []; socket.on('news', (...a) => socket.heard.push(a.map(hex))); };
// an acknowledged event each: what was on its way has come
const settled = sockets => Promise.all(sockets.map(s => acked(s, 'anything')));

async function rooms() {
    const ways = [[4, ['websocket']], [4, ['polling']], [3, ['websocket']], [2, ['polling', 'websocket']], [2, ['polling']]];
    for (const namespace of ['/', '/custom']) {
        const all = ways.map(([g, t]) => client(g, t, namespace));
        await Promise.all(all.map(s => once(s, 'auth')));
        all.forEach(keep);
        const [a, b, c] = all;
        const expect = async (text, ...hearers) => {
            await settled(all);
            await settled(all);
            step = text;
            all.forEach(s => { assert.deepStrictEqual(s.heard, hearers.includes(s) ? [[text, 'ff00']] : [], `${text} at ${all.indexOf(s)}`); s.heard = []; });
        };
        const bytes = Buffer.from([255, 0]);
        step = 'join';
        assert.deepStrictEqual((await acked(a, 'join', 'red'))[0].slice(1), ['red']);
        await acked(b, 'join', 'red');
        await acked(c, 'join', 'blé "x"');
        step = 'acks of emitters';
        assert.deepStrictEqual(await acked(a, 'to-room', 'red', 'news', 0), ['red', 'news', 0]);
        await settled(all);
        all.forEach(s => { s.heard = []; });
        a.emit('to-room', 'red', 'news', 'to-room', bytes);
        await expect('to-room', b);
        a.emit('in-room', 'red', 'news', 'in-room', bytes);
        await expect('in-room', a, b);
        c.emit('in-room', 'red', 'news', 'from outside', bytes);
        await expect('from outside', a, b);
        b.emit('in-room', 'blé "x"', 'news', 'odd name', bytes);
        await expect('odd name', c);
        a.emit('broadcast', 'news', 'broadcast', bytes);
        await expect('broadcast', ...all.slice(1));
        b.emit('everyone', 'news', 'everyone', bytes);
        await expect('everyone', ...all);
        b.emit('to-room', c.id || `${namespace === '/' ? '' : namespace + '#'}${c.io.engine.id}`, 'news', 'one', bytes);
        await expect('one', c);
        await acked(b, 'leave', 'red');
        a.emit('in-room', 'red', 'news', 'left', bytes);
        await expect('left', a);
        a.emit('in-room', 'nobody', 'news', 'nobody', bytes);
        a.emit('broadcast', 'disconnect', 'reserved');
        await expect('nobody');
        assert.deepStrictEqual(await acked(a, 'join'), [{ error: 'the name of a room is wanted' }]);
        all.forEach(s => s.disconnect());
    }
}

async function recovery() {
    for (const transports of [['websocket'], ['polling']]) {
        const a = client(4, transports), b = client(4, ['websocket']);
        await Promise.all([once(a, 'auth'), once(b, 'auth')]);
        assert.strictEqual(a.recovered, false);
        keep(a);
        const id = a.id;
        await acked(a, 'join', 'red');
        step = 'lost';
        a.io.engine.close();
        const back = once(a, 'connect');
        b.emit('everyone', 'news', 'missed');
        b.emit('in-room', 'red', 'news', 'missed too', Buffer.from([1, 255]));
        b.emit('in-room', 'blue', 'news', 'not for it');
        await acked(b, 'to-room', id, 'news', 'for it alone');
        step = 'back';
        await back;
        assert.strictEqual(a.recovered, true);
        assert.strictEqual(a.id, id);
        await settled([a]);
        // the offset stands behind what was said
        assert.deepStrictEqual(a.heard.map(h => h.slice(0, -1)), [['missed'], ['missed too', '01ff'], ['for it alone']]);
        step = 'still in its rooms';
        const [news] = await Promise.all([once(a, 'news'), b.emit('to-room', 'red', 'news', 'again')]);
        assert.strictEqual(news[0], 'again');
        step = 'left on purpose';
        a.disconnect();
        a.connect();
        await once(a, 'connect');
        assert.strictEqual(a.recovered, false);
        step = 'too late';
        a.io.randomizationFactor(0);
        a.io.reconnectionDelay(1500);
        a.io.reconnectionDelayMax(1500);
        a.io.engine.close();
        await once(a, 'connect');
        assert.strictEqual(a.recovered, false);
        a.disconnect();
        b.disconnect();
    }
}

({ rooms, recovery })[what]().then(() => { console.log('done'); process.exit(0); }, e => { console.log(`${step}: ${e.stack}`); process.exit(1); });
