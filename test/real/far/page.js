// node page.js URL: opens the page of `wsdx serve` in Chromium, prints its result, and ends with 0 when all passed.
const { spawn } = require('child_process'), fs = require('fs'), os = require('os'), path = require('path'), WebSocket = require('ws');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'page-'));
const browser = spawn(process.env.CHROMIUM || 'chromium', ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run',
	'--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-default-apps', '--no-proxy-server',
	'--disable-extensions', '--ignore-certificate-errors', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
	'--remote-debugging-port=0', `--user-data-dir=${folder}`, 'about:blank'], { stdio: ['ignore', 'ignore', 'pipe'] });
const deadline = Date.now() + 60000;
let said = '', id = 0;

let devtools;

async function end(code, text) {
	console.log(text);
	browser.once('exit', () => {
		try {
			fs.rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
		} catch {
			// a process of the browser's still writes there
		}
		process.exit(code);
	});
	if (devtools) devtools('Browser.close');
	setTimeout(() => browser.kill('SIGKILL'), devtools ? 5000 : 0).unref();
}

function talk(url) {
	const socket = new WebSocket(url, { perMessageDeflate: false }), waiting = new Map();
	socket.on('message', data => {
		const m = JSON.parse(data);
		if (waiting.has(m.id)) waiting.get(m.id)(m);
	});
	const call = (method, params = {}, sessionId) => new Promise(done => {
		waiting.set(++id, done);
		socket.send(JSON.stringify({ id, method, params, sessionId }));
	});
	return new Promise((done, fail) => { socket.on('open', () => done(call)); socket.on('error', fail); });
}

async function run(endpoint) {
	const call = devtools = await talk(endpoint);
	const target = (await call('Target.createTarget', { url: process.argv[2] })).result.targetId;
	const session = (await call('Target.attachToTarget', { targetId: target, flatten: true })).result.sessionId;
	const evaluate = async expression =>
		(await call('Runtime.evaluate', { expression, returnByValue: true }, session)).result?.result?.value;
	for (;;) {
		const result = await evaluate('document.documentElement.dataset.result');
		if (result === 'passed' || result === 'failed')
			return end(result === 'passed' ? 0 : 1, await evaluate("document.getElementById('result').value"));
		if (Date.now() > deadline)
			return end(2, 'no result in time\n' + (await evaluate('document.body.innerText')).slice(0, 2000));
		await new Promise(done => setTimeout(done, 200));
	}
}

browser.on('error', error => { console.log(String(error)); process.exit(2); });
browser.stderr.on('data', data => {
	const before = said;
	said += data;
	const found = /DevTools listening on (\S+)/;
	if (!found.test(before) && found.test(said)) run(said.match(found)[1]).catch(error => end(2, error.stack));
});
setTimeout(() => end(2, 'no browser in time\n' + said.slice(-2000)), 110000).unref();
