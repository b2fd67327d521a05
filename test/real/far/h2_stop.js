// node h2_stop.js WSDX: WebSockets over HTTP/2 (RFC 8441) have said something when the signal comes: each has its echo and its Close.
const http2 = require('http2'), { spawn } = require('child_process');
const STREAMS = 20, frame = (opcode, data) => Buffer.from([0x80 | opcode, 0x80 | data.length, 0, 0, 0, 0, ...data]);
const far = spawn(process.argv[2], ['serve', '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'inherit'] });
const heard = [];
let closed;

function open(client) {
	const s = client.request({ ':method': 'CONNECT', ':protocol': 'websocket', ':path': '/echo', ':scheme': 'http', ':authority': 'x',
		'sec-websocket-version': '13' }, { endStream: false });
	let data = Buffer.alloc(0);
	s.on('data', piece => {
		data = Buffer.concat([data, piece]);
		if (data.includes('\x03\xe9', 0, 'latin1')) s.end(frame(8, [3, 0xe9]));
	});
	s.on('close', () => heard.push(data.toString('latin1')));
	s.on('error', error => console.log(error.message));
	return new Promise(done => s.on('response', () => done(s)));
}

async function run(url) {
	const client = http2.connect(url);
	client.on('error', error => console.log(error.message));
	closed = new Promise(done => client.on('close', done));
	await new Promise(done => client.once('remoteSettings', done));
	const streams = await Promise.all([...Array(STREAMS)].map(() => open(client)));
	far.kill('SIGSTOP'); // so that it hears of the messages and of the signal at once
	await Promise.all(streams.map(s => new Promise(done => s.write(frame(1, [0x68, 0x69]), done))));
	far.kill('SIGTERM');
	far.kill('SIGCONT');
}

/* The end of the process may be told before what it said last. */
const ended = new Promise(done => far.on('exit', done));

far.stdout.once('data', line => run(String(line).match(/http\S+/)[0]));
ended.then(async code => {
	await closed;
	await new Promise(setImmediate);
	const good = heard.filter(h => h.startsWith('\x81\x02hi\x88\x0e\x03\xe9')).length;
	console.log(`${good} of ${STREAMS}, status ${code}`);
	process.exit(good === STREAMS && code === 143 ? 0 : 1);
});
setTimeout(() => far.kill('SIGKILL'), 30000).unref();
