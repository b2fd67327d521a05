// What a Phoenix endpoint with `socket "/socket"` does on the wire, as far as phoenix.js and a prober see it: the transport's path,
// serializers 1.0.0 (objects, also without vsn) and 2.0.0 (arrays), heartbeats, phx_join of room:*, the idle timeout of 60 s.
// Options in the environment: CONNECT (a JavaScript expression of the query's URLSearchParams `q`: the client is let in), SERIALIZERS
// ("1 2"), IDLE (ms).
const http = require('http');
const { WebSocketServer } = require('ws');

const serializers = (process.env.SERIALIZERS || '1 2').split(' ');
const idle = +(process.env.IDLE || 60000);
const admitted = new Function('q', `return ${process.env.CONNECT || 'true'};`);

const decode = {
    1: text => { const m = JSON.parse(text); if (!m.topic) throw new Error('no Phoenix.Socket.Message'); return [null, m.ref, m.topic, m.event, m.payload]; },
    2: text => { const m = JSON.parse(text); if (!Array.isArray(m) || m.length !== 5) throw new Error('no match'); return m; },
};
const encode = {
    1: ([, ref, topic, event, payload]) => JSON.stringify({ topic, event, payload, ref }),
    2: m => JSON.stringify(m),
};

const wss = new WebSocketServer({ noServer: true });
const server = http.createServer((q, r) => { r.writeHead(404, { 'content-type': 'text/html' }); r.end('<h1>Not Found</h1>'); });
const refuse = (s, status) => s.end(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\nserver: Cowboy\r\n\r\n`);

server.on('upgrade', (r, s, head) => {
    const url = new URL(r.url, 'http://h'), vsn = (url.searchParams.get('vsn') || '1.0.0')[0];
    if (url.pathname !== '/socket/websocket')
        return refuse(s, '404 Not Found');
    if (!admitted(url.searchParams) || !decode[vsn])
        return refuse(s, '403 Forbidden');
    wss.handleUpgrade(r, s, head, w => speak(w, serializers.includes(vsn) ? vsn : serializers[0]));
});

function speak(w, vsn) {
    let timer;
    const awake = () => { clearTimeout(timer); timer = setTimeout(() => w.close(1000), idle); };
    const reply = (m, response) => w.send(encode[vsn]([m[0], m[1], m[2], 'phx_reply', { status: 'ok', response }]));
    awake();
    w.on('error', () => {});
    w.on('ping', awake);
    w.on('close', () => clearTimeout(timer));
    w.on('message', text => {
        let m;
        awake();
        try {
            m = decode[vsn](text.toString());
        } catch (e) {
            return w.close(1011); // the socket's process died
        }
        if (m[2] === 'phoenix' || m[2].startsWith('room:'))
            reply(m, {});
    });
}
server.listen(+process.env.PORT, process.env.HOST);
