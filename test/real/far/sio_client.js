// A real socket.io-client against `wsdx serve`: what a user would try, by one way of transport.
//
//     node sio_client.js GENERATION URL polling|upgrade|websocket [stay]
//
// `stay`: says "connected", waits until the connection was lost and is back, and tries everything then.
'use strict';
const assert = require('assert');
const [generation, url, way, stay] = process.argv.slice(2);
const io = require(`socket.io-client${generation}`);
const old = generation === '2';
const transports = { polling: ['polling'], upgrade: ['polling', 'websocket'], websocket: ['websocket'] }[way];
const options = { transports, forceNew: true, reconnectionDelay: 50, reconnectionDelayMax: 100, timeout: 5000, auth: { token: 'abc', n: 1 } };
let step = 'connect';
setTimeout(() => { console.log(`stuck at: ${step}`); process.exit(1); }, 25000).unref();

const once = (socket, event) => new Promise(done => socket.once(event, (...a) => done(a)));
const acked = (socket, ...a) => new Promise(done => socket.emit(...a, (...back) => done(back)));
const bytes = n => Buffer.from(Array.from({ length: n }, (_, i) => i * 7 & 255));
// the client gives an ArrayBuffer where it parsed base64 in one way and a Buffer in another
const plain = v => v instanceof ArrayBuffer ? Buffer.from(v) : ArrayBuffer.isView(v) ? Buffer.from(v)
    : Array.isArray(v) ? v.map(plain) : v && typeof v === 'object' ? Object.fromEntries(Object.entries(v).map(([k, w]) => [k, plain(w)])) : v;

async function back(socket, ...a) {
    const answer = once(socket, 'message-back');
    socket.emit('message', ...a);
    assert.deepStrictEqual(plain(await answer), plain(a));
}

async function tries(socket) {
    step = 'message';
    await back(socket, 1, '2', { 3: [true, null, 1.5, 'é😀\n"\u2028'] });
    await back(socket);
    step = 'ack';
    assert.deepStrictEqual(await acked(socket, 'message-with-ack', 1, '2', { 3: [false] }), [1, '2', { 3: [false] }]);
    assert.deepStrictEqual(await acked(socket, 'anything'), []);
    step = 'binary';
    await back(socket, bytes(3), { deep: [bytes(1000), 'x'] }, bytes(0));
    assert.deepStrictEqual(plain(await acked(socket, 'message-with-ack', bytes(5), 7)), [bytes(5), 7]);
    step = 'many';
    await Promise.all(Array.from({ length: 100 }, async (_, i) => assert.deepStrictEqual(await acked(socket, 'count', i), [i])));
    step = 'large';
    await back(socket, 'é'.repeat(300000));
    await back(socket, bytes(500000));
}

async function namespaces(socket) {
    step = '/custom';
    const custom = socket.io.socket('/custom', { auth: options.auth });
    const [auth] = await once(custom, 'auth');
    assert.deepStrictEqual(auth, old ? {} : options.auth);
    await tries(custom);
    custom.disconnect();
    step = '/none';
    const none = socket.io.socket('/none');
    const [error] = await once(none, old ? 'error' : 'connect_error');
    assert.strictEqual(old ? error : error.message, 'Invalid namespace');
    step = 'the first namespace, after all';
    await back(socket, 'still here');
}

async function main() {
    const socket = io(url, options);
    socket.on('connect_error', e => console.log(`connect_error ${e.message || e}`));
    const [auth] = await once(socket, 'auth');
    assert.deepStrictEqual(auth, old ? {} : options.auth);
    if (stay) {
        step = 'stay';
        console.log('connected');
        await once(socket, 'disconnect');
        await once(socket, 'connect');
    }
    await tries(socket);
    await namespaces(socket);
    step = 'transport';
    assert.strictEqual(socket.io.engine.transport.name, way === 'polling' ? 'polling' : 'websocket');
    socket.disconnect();
    console.log('done');
    process.exit(0);
}
main().catch(e => { console.log(`${step}: ${e.stack}`); process.exit(1); });
