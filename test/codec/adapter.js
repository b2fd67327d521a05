// node adapter.js PROGRAM [SEED]: what both adapters of @socket.io/redis-adapter and @socket.io/redis-emitter publish, given to codec.c. What
// it reads in a message has to be what socket.io was told to say, and what it writes again the same bytes. No Redis is needed: the clients
// are stand-ins that keep what they are told to publish.
'use strict';
const { execFileSync } = require('child_process');
const { deepStrictEqual } = require('assert');
const { EventEmitter } = require('events');
const { createAdapter, createShardedAdapter } = require('@socket.io/redis-adapter');
const { Emitter } = require('@socket.io/redis-emitter');

const { random, pick, times, hex } = require('./random.js')(+(process.argv[3] || 20));

const PIECES = ['', 'a', 'hello', '"', '\\', '\n', '\u007f', 'é', '€', '漢字', '\u2028', '😀', '\u{10ffff}', '{"_placeholder":true,"num":0}', 'x'.repeat(40),
	'y'.repeat(300), 'z'.repeat(70000)];
const text = () => times(random(4), () => pick(PIECES)).join('');
const bytes = () => Buffer.from(times(pick([0, 1, 2, 9, 64, 255, 256, 1000, 70000]), () => random(256)));
// notepack writes integers beyond 2^64 as another number
const number = () => pick([0, 1, 127, 128, 255, 256, 65535, 65536, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1, -1, -32, -33, -128, -129, -32768, -32769, -(2 ** 31), -(2 ** 31) - 1,
	-(2 ** 53) + 1, 0.1, -1.5, 1e-7, Math.PI, 5e-324]);
const value = depth => pick([text, number, bytes, () => true, () => false, () => null, () => times(pick([0, 1, 3, 20]), () => depth ? value(depth - 1) : number()),
	() => Object.fromEntries(times(pick([0, 1, 3, 20]), (_, i) => [`k${i}`, depth ? value(depth - 1) : number()]))])();
const rooms = () => times(pick([0, 1, 1, 2]), (_, i) => pick(['red', 'é "x"', 'Qk1IeVTbnQMvCQAAAAAB', '12', 'a#b']) + i);

const client = () => Object.assign(new EventEmitter(), { said: [], pSubscribe() {}, subscribe() {}, sSubscribe() {},
	publish(channel, message) { this.said.push([channel, message]); return Promise.resolve(); },
	sPublish(channel, message) { this.said.push([channel, message]); return Promise.resolve(); } });
const space = name => ({ name, sockets: new Map(), server: { opts: {}, encoder: { encode: () => [] } } });

const lines = [], checks = [];
let placeholders;
const shown = v => Buffer.isBuffer(v) ? { _placeholder: true, num: placeholders++ } : Array.isArray(v) ? v.map(shown)
	: v && typeof v === 'object' ? Object.fromEntries(Object.entries(v).map(([k, w]) => [k, shown(w)])) : v;
const found = v => Buffer.isBuffer(v) ? [v] : v && typeof v === 'object' ? Object.values(v).flatMap(found) : [];

// verb uid nsp request rooms except data attachments = bytes again
function event(kind, pub, nsp, data, to, except, uid) {
	const attached = found(data), [, message] = pub.said.pop();
	placeholders = 0;
	const json = JSON.stringify(shown(data));
	lines.push(`adapter ${kind} ${hex(message)}`);
	checks.push(said => {
		try {
			const [verb, who, where, request, a, b, d, n, , again] = said.split(' ').map((w, i) => i < 7 ? Buffer.from(w.slice(1), 'hex').toString() : w);
			deepStrictEqual([verb, who, where, request, a, b, n], ['0', uid, nsp, '', JSON.stringify(to), JSON.stringify(except), `.${attached.map(hex).join(',')}`]);
			deepStrictEqual(JSON.parse(d), JSON.parse(json));
			if (uid !== 'emitter') // whose options stand in another order
				deepStrictEqual(again, hex(message));
		} catch (e) {
			throw new Error(`${kind} ${json.slice(0, 300)}\n  ours ${said.slice(0, 300)}\n${e.message}`);
		}
	});
}

const WITH_BINARY_ONLY = 64; // attachments that are read
function main() {
	for (let i = 0; i < 500; i++) {
		const nsp = pick(['/', '/custom', '/é']), to = rooms(), except = rooms(), data = ['news', ...times(random(4), () => value(2))];
		if (found(data).length > WITH_BINARY_ONLY)
			continue;
		for (const kind of ['classic', 'sharded']) {
			const pub = client(), sub = client();
			const adapter = (kind === 'classic' ? createAdapter(pub, sub) : createShardedAdapter(pub, sub))(space(nsp));
			adapter.broadcast({ type: 2, data }, { rooms: new Set(to), except: new Set(except), flags: {} });
			event(kind, pub, nsp, data, to, except, adapter.uid);
		}
		const pub = client();
		let e = new Emitter(pub).of(nsp);
		e = e.to(to).except(except);
		e.emit(...data);
		if (!found(data).length)
			event('classic', pub, nsp, data, to, except, 'emitter');
	}
	const said = execFileSync(process.argv[2], { input: lines.join('\n') + '\n', maxBuffer: 1 << 29 }).toString().split('\n');
	let wrong = 0;
	checks.forEach((check, i) => {
		try {
			check(said[i] || '');
		} catch (e) {
			if (++wrong <= 5)
				console.log(e.message);
		}
	});
	console.log(`${checks.length} messages, ${wrong} differ`);
	process.exit(wrong ? 1 : 0);
}
main();
