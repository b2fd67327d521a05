// node corpus.js PROGRAM [SEED]: packets that the official parsers of every generation write, given to codec.c. What it reads in
// them has to be what the same parser reads, and what it writes again the same bytes. The corpus is the same for the same seed.
'use strict';
const { execFileSync } = require('child_process');
const { deepStrictEqual } = require('assert');

const { random, pick, times, hex } = require('./random.js')(+(process.argv[3] || 20));
const once = f => { let v; f(x => { v = x; }); return v; };

const PIECES = ['', 'a', 'hello', '"', '\\', '\n', '\0', '\u007f', 'é', 'ß', '€', '漢字', '\u2028', '\ufeff', '\uffff', '😀', '𝄞', '\u{10ffff}',
	'\ud800', '\udc00', 'x\ud83d', '\udc00\ud800', '4', 'b', 'b4', '3:4a', '/a,', '[1]', '{"_placeholder":true,"num":0}', '-', '?', ' '];
const text = () => times(random(5), () => pick(PIECES)).join('');
const bytes = () => Buffer.from(times(pick([0, 1, 2, 3, 4, 5, 9, 64, 255, 1000]), () => random(256)));

const lines = [], checks = [];
const add = (line, check) => { lines.push(line); checks.push(check); };

// --- Engine.IO -------------------------------------------------------------------------------------
const eio = [
	{ version: 3, name: 'engine.io-parser 2', parser: require('engine.io-parser2'), binaryPayloads: true },
	{ version: 4, name: 'engine.io-parser 4', parser: require('engine.io-parser4') },
	{ version: 4, name: 'engine.io-parser 5', parser: require('engine.io-parser5') },
];
const decodeAll = (g, payload) => {
	if (g.version !== 3)
		return g.parser.decodePayload(payload);
	const all = [];
	g.parser.decodePayload(payload, p => { all.push(p); });
	return all;
};
const shown = p => `${p.type}:${+Buffer.isBuffer(p.data)}:${hex(p.data || '')}`;
const same = (name, framing, packets, wire) => said => {
	const want = [framing, ...packets.map(shown), '=', hex(wire)].join(' ').trim();
	if (said.trim() !== want)
		throw new Error(`${name}\n  official ${want}\n  ours     ${said}`);
};

function payload(g, packets, binary) {
	const encoded = once(done => g.version === 3 ? g.parser.encodePayload(packets, binary, done) : g.parser.encodePayload(packets, done));
	const wire = Buffer.from(encoded), raw = Buffer.isBuffer(encoded);
	const framing = raw ? 'binary' : g.version === 3 ? 'lengths' : 'records';
	add(`payload ${g.version} ${hex(wire)}`, same(`${g.name}, payload`, framing, decodeAll(g, raw ? wire : wire.toString()), wire));
}

function frame(g, packet) {
	const encoded = once(done => g.version === 3 ? g.parser.encodePacket(packet, true, false, done) : g.parser.encodePacket(packet, true, done));
	const wire = Buffer.from(encoded), raw = typeof encoded !== 'string';
	add(`frame ${g.version} ${+raw} ${hex(wire)}`,
		same(`${g.name}, frame`, 'websocket', [g.parser.decodePacket(raw ? wire : wire.toString(), 'nodebuffer')], wire));
}

const OPEN = JSON.stringify({ sid: 'lv_VI97HAXpY6yYWAAAC', upgrades: ['websocket'], pingInterval: 25000, pingTimeout: 20000, maxPayload: 1e6 });
const FIXED = [{ type: 'open', data: OPEN }, { type: 'close' }, { type: 'ping' }, { type: 'pong' }, { type: 'ping', data: 'probe' },
	{ type: 'pong', data: 'probe' }, { type: 'upgrade' }, { type: 'noop' }, { type: 'message', data: '' }];
const message = () => ({ type: 'message', data: random(3) ? text() : bytes() });

// of no packets; nothing is there to be written again
add(`payload 3 ${hex('0:')}`, same('engine.io-parser 2, empty payload', 'lengths', decodeAll(eio[0], once(done => eio[0].parser.encodePayload([], done))), ''));
for (const g of eio) {
	for (const p of FIXED) {
		frame(g, p);
		payload(g, [p], false);
	}
	for (let i = 0; i < 400; i++) {
		frame(g, message());
		payload(g, times(1 + random(6), () => random(4) ? message() : pick(FIXED)), g.binaryPayloads && random(2) === 1);
	}
}

// --- Socket.IO -------------------------------------------------------------------------------------
const sio = [
	{ revision: 4, name: 'socket.io-parser 3', parser: require('socket.io-parser3'), eio: eio[0] },
	{ revision: 5, name: 'socket.io-parser 4', parser: require('socket.io-parser4'), eio: eio[2] },
];
const CONNECT = 0, DISCONNECT = 1, EVENT = 2, ACK = 3, ERROR = 4, BINARY_EVENT = 5, BINARY_ACK = 6;
const encode = (g, p) => g.revision === 4 ? once(done => new g.parser.Encoder().encode(p, done)) : new g.parser.Encoder().encode(p);
const decode = (g, encoded) => {
	const decoder = new g.parser.Decoder();
	let packet;
	decoder.on('decoded', p => { packet = p; });
	encoded.forEach(e => decoder.add(e));
	return packet;
};
const filled = (v, attached) => v && v._placeholder === true && Number.isInteger(v.num) ? attached[v.num]
	: Array.isArray(v) ? v.map(x => filled(x, attached))
		: v && typeof v === 'object' ? Object.fromEntries(Object.entries(v).map(([k, x]) => [k, filled(x, attached)])) : v;

function packet(g, p) {
	const encoded = encode(g, p), wire = Buffer.from(encoded[0]), attached = encoded.slice(1);
	const want = decode(g, [wire.toString(), ...attached]);
	// parser 4 hands a whole packet up as if nothing had been attached
	const kind = attached.length && (want.type === EVENT || want.type === ACK) ? want.type + BINARY_EVENT - EVENT : want.type;
	add(`packet ${g.revision} ${hex(wire)}`, said => {
		const [type, nsp, ack, n, data, placeholders, , again] = said.split(' ');
		try {
			deepStrictEqual(again, hex(wire));
			deepStrictEqual([+type, Buffer.from(nsp, 'hex').toString(), ack], [kind, want.nsp, want.id === undefined ? '-' : `${want.id}`]);
			const json = Buffer.from(data.slice(1), 'hex').toString();
			deepStrictEqual(json ? filled(JSON.parse(json), attached) : undefined, want.data);
			deepStrictEqual([+n, +placeholders], [attached.length, attached.length]);
		} catch (e) {
			throw new Error(`${g.name}: ${wire}\n  ours ${said}\n${e.message}`);
		}
	});
	// as it travels: the packet and its attachments in one payload, and each in a frame
	const messages = [wire.toString(), ...attached].map(data => ({ type: 'message', data }));
	payload(g.eio, messages, g.revision === 4 && random(2) === 1);
	messages.forEach(m => frame(g.eio, m));
}

const plain = depth => pick([text, text, () => random(1e6), () => -random(1e6) / 8, () => 1e21, () => true, () => false, () => null,
	() => times(random(4), () => depth ? plain(depth - 1) : 1),
	() => Object.fromEntries(times(random(4), (_, i) => [`k${i}${text()}`, depth ? plain(depth - 1) : text()]))])();
// what looks like a placeholder but is none would be refused by the parsers themselves
const withBinary = depth => pick([bytes, () => ({ file: bytes(), name: text() }), () => [plain(1), bytes(), [bytes()]],
	() => depth ? { deeper: withBinary(depth - 1) } : bytes()])();
const nsp = () => pick(['/', '/', '/admin', '/a/b', '/ünïcode', '/😀', '/with space', '/-1', '/12']);
const id = () => pick([undefined, 0, 1, 42, 1e9, Number.MAX_SAFE_INTEGER]);
const defined = o => Object.fromEntries(Object.entries(o).filter(([, v]) => v !== undefined));
const name = () => pick(['message', 'e', 'ünïcode', '😀', 'with "quotes"', 'x'.repeat(300), '\ud800']);

for (const g of sio) {
	for (const n of ['/', '/admin', '/😀']) {
		packet(g, { type: CONNECT, nsp: n });
		packet(g, { type: DISCONNECT, nsp: n });
		packet(g, { type: ERROR, nsp: n, data: g.revision === 4 ? 'Invalid namespace' : { message: 'Invalid namespace' } });
		if (g.revision === 4) {
			packet(g, { type: ERROR, nsp: n, data: { code: 1, é: [null] } });
		} else {
			packet(g, { type: CONNECT, nsp: n, data: { sid: 'lv_VI97HAXpY6yYWAAAC', pid: 'oSO0OpakMV_3jnilAAAA' } });
			packet(g, { type: CONNECT, nsp: n, data: { token: '😀', deep: { n: [1.5] } } });
			packet(g, { type: ERROR, nsp: n, data: { message: 'no', data: { code: 'E1' } } });
		}
	}
	for (let i = 0; i < 600; i++) {
		const event = random(2), args = [...(event ? [name()] : []), ...times(random(4), () => plain(2))], binary = random(3) === 0;
		if (binary)
			args.push(...times(1 + random(3), () => withBinary(2)));
		packet(g, defined({ type: binary && g.revision === 4 ? event ? BINARY_EVENT : BINARY_ACK : event ? EVENT : ACK, nsp: nsp(),
			id: event ? id() : id() || 0, data: args }));
	}
}

// --- socket.io-msgpack-parser: read only; binary is shown as its length -----------------------------
const msgpackParser = require('socket.io-msgpack-parser');
// our JSON has no lone surrogates, no NUL in a name and no real beyond 1e15
// String.prototype.toWellFormed, which node has from 20 on
const wellFormed = s => s.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd');
const tame = (v, binary) => Buffer.isBuffer(v) ? binary(v) : typeof v === 'string' ? wellFormed(v) : v === 1e21 ? 0.1 : Array.isArray(v)
	? v.map(x => tame(x, binary)) : v && typeof v === 'object'
		? Object.fromEntries(Object.entries(v).map(([k, x]) => [wellFormed(k).replace(/\0/g, ''), tame(x, binary)])) : v;

function msgpack(p) {
	const [wire] = new msgpackParser.Encoder().encode({ ...p, data: tame(p.data, b => b) });
	const decoder = new msgpackParser.Decoder();
	let want;
	decoder.on('decoded', d => { want = d; });
	decoder.add(wire);
	add(`msgpack ${hex(wire)}`, said => {
		const [type, nsp, ack, data] = said.split(' ');
		try {
			deepStrictEqual([+type, Buffer.from(nsp, 'hex').toString(), ack], [want.type, want.nsp, want.id === undefined ? '-' : `${want.id}`]);
			const json = Buffer.from(data.slice(1), 'hex').toString();
			deepStrictEqual(json ? JSON.parse(json) : undefined, tame(want.data, b => `<${b.length} bytes>`));
		} catch (e) {
			throw new Error(`msgpack ${JSON.stringify(want)}\n  ours ${said}\n${e.message}`);
		}
	});
}

for (const n of ['/', '/admin', '/😀']) {
	msgpack({ type: CONNECT, nsp: n, data: { sid: 'lv_VI97HAXpY6yYWAAAC' } });
	msgpack({ type: CONNECT, nsp: n, data: undefined }); // a client without auth
	msgpack({ type: DISCONNECT, nsp: n });
	msgpack({ type: ERROR, nsp: n, data: { message: 'Invalid namespace' } });
}
for (let i = 0; i < 400; i++)
	msgpack(defined(random(2) ? { type: EVENT, nsp: nsp(), id: id(), data: [name(), ...times(random(4), () => plain(2)), ...times(random(3), () => withBinary(2))] }
		: { type: ACK, nsp: nsp(), id: id() || 0, data: [...times(random(4), () => plain(2)), ...times(random(3), () => withBinary(2))] }));

const said = execFileSync(process.argv[2], { input: lines.join('\n') + '\n', maxBuffer: 1 << 28 }).toString().split('\n');
let wrong = 0;
checks.forEach((check, i) => {
	try {
		check(said[i] || '');
	} catch (e) {
		if (++wrong <= 10)
			console.log(e.message);
	}
});
console.log(`${checks.length} packets and payloads, ${wrong} differ`);
process.exit(wrong ? 1 : 0);
