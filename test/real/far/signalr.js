/* A hub as ASP.NET Core SignalR serves one: HttpConnectionDispatcher.cs of aspnetcore says what is answered to what.
 * node signalr.js HOST PORT [OPTIONS as JSON]
 *   path       "/hub"
 *   transports ["WebSockets", "ServerSentEvents", "LongPolling"]: those offered and taken
 *   keepAlive  15000 ms between pings
 *   expires    15000 ms until an id that nobody connected with is forgotten
 *   token      refuse who does not bring this bearer token
 *   fails      "connected": OnConnectedAsync throws; "protocol": no hub protocol is taken; "version": nor any version of
 *              negotiate; "silent": the handshake is not answered
 *   aspnet     true: answers /negotiate as ASP.NET SignalR, not Core, does
 *   sendOn     a URL that /negotiate sends its clients on to
 * The method `echo` returns its argument. */
const http = require('http'), crypto = require('crypto'), { WebSocketServer } = require('ws');
const [host, port, json] = process.argv.slice(2);
const o = { path: '/hub', transports: ['WebSockets', 'ServerSentEvents', 'LongPolling'], keepAlive: 15000, expires: 15000,
    ...JSON.parse(json || '{}') };
const END = '\x1e', FORMATS = { WebSockets: ['Text', 'Binary'], ServerSentEvents: ['Text'], LongPolling: ['Text', 'Binary'] };
const connections = new Map();
const wss = new WebSocketServer({ noServer: true });

/* One hub connection; `send` puts records on whatever transport it has. */
class Connection {
    constructor() {
        this.id = crypto.randomBytes(16).toString('base64url');
        this.token = crypto.randomBytes(16).toString('base64url');
        this.waiting = '';
        connections.set(this.token, this);
        this.timer = setTimeout(() => connections.delete(this.token), o.expires);
    }
    attach(transport, write, end) {
        if (this.transport && this.transport !== transport) return false;
        this.transport = transport;
        this.write = write;
        this.end = end;
        clearTimeout(this.timer);
        return true;
    }
    send(message) {
        this.waiting += JSON.stringify(message) + END;
        if (this.write) this.flush();
    }
    flush() {
        const text = this.waiting;
        this.waiting = '';
        if (text) this.write(text);
    }
    close() {
        connections.delete(this.token);
        clearInterval(this.pinger);
        clearTimeout(this.timer);
        if (this.end) this.end();
    }
    hear(text) {
        for (const record of String(text).split(END).filter(Boolean)) this.record(JSON.parse(record));
    }
    record(m) {
        if (!this.shaken) return this.shake(m);
        if (m.type === 1 && m.invocationId)
            this.send({ type: 3, invocationId: m.invocationId, ...(m.target === 'echo' ? { result: m.arguments[0] }
                : { error: `Failed to invoke '${m.target}' due to an error on the server.` }) });
        else if (m.type === 7) this.close();
    }
    shake(m) {
        if (o.fails === 'silent') return undefined;
        if (m.protocol !== 'json' || o.fails === 'protocol') {
            this.send({ error: `The protocol '${m.protocol}' is not supported.` });
            return this.close();
        }
        this.shaken = true;
        this.send({});
        if (o.fails === 'connected') {
            this.send({ type: 7, error: 'Connection closed with an error.' });
            return this.close();
        }
        this.pinger = setInterval(() => this.send({ type: 6 }), o.keepAlive);
    }
}

const text = (r, status, body) => r.writeHead(status, { 'Content-Type': 'text/plain', Server: 'Kestrel' }).end(body);
const allowed = (q, url) => !o.token || q.headers.authorization === `Bearer ${o.token}` || url.searchParams.get('access_token') === o.token;

function negotiate(r) {
    const c = !o.aspnet && !o.sendOn && new Connection();
    if (o.fails === 'version')
        return r.writeHead(200, { 'Content-Type': 'application/json', Server: 'Kestrel' })
            .end('{"error":"The client requested version \'1\', but the server does not support this version."}');
    r.writeHead(200, { 'Content-Type': 'application/json', Server: 'Kestrel' }).end(JSON.stringify(
        o.aspnet ? { Url: '/signalr', ConnectionToken: 'x', ConnectionId: 'y', KeepAliveTimeout: 20.0, DisconnectTimeout: 30.0,
            TryWebSockets: true, ProtocolVersion: '1.5' }
            : o.sendOn ? { negotiateVersion: 0, url: o.sendOn, accessToken: 'x', availableTransports: [] }
                : { negotiateVersion: 1, connectionId: c.id, connectionToken: c.token,
                    availableTransports: o.transports.map(t => ({ transport: t, transferFormats: FORMATS[t] })) }));
}

function events(c, q, r) {
    r.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache, no-store', Server: 'Kestrel' });
    r.write(':\r\n');
    c.attach('ServerSentEvents', s => r.write(`data: ${s}\r\n\r\n`), () => r.end());
    c.flush();
    r.on('close', () => c.close());
}

/* The first poll is answered at once and empty: it says that the transport works. */
function poll(c, r) {
    const first = !c.transport;
    let over = false;
    const answer = (status, body) => {
        if (over) return;
        over = true;
        c.write = null;
        r.writeHead(status, { 'Content-Type': 'application/octet-stream', Server: 'Kestrel' }).end(body);
    };
    c.attach('LongPolling', s => answer(200, s), () => answer(204, ''));
    if (first) answer(200, '');
    else if (c.waiting) c.flush();
}

const server = http.createServer((q, r) => {
    const url = new URL(q.url, 'http://x'), id = url.searchParams.get('id'), c = connections.get(id);
    let body = '';
    q.on('data', d => body += d).on('end', () => {
        if (url.pathname === o.path + '/negotiate')
            return !allowed(q, url) ? text(r, 401, '') : q.method === 'POST' ? negotiate(r) : text(r, 405, '');
        if (url.pathname !== o.path) return text(r, 404, '');
        if (!allowed(q, url)) return text(r, 401, '');
        if (!id) return text(r, 400, 'Connection ID required');
        if (!c) return text(r, 404, 'No Connection with that ID');
        if (q.method === 'POST') {
            text(r, 200, '');
            return c.hear(body);
        }
        if (q.method === 'DELETE') {
            c.close();
            return text(r, 202, '');
        }
        const wanted = (q.headers.accept || '').includes('text/event-stream') ? 'ServerSentEvents' : 'LongPolling';
        if (!o.transports.includes(wanted)) return text(r, 404, `${wanted} transport not supported by this end point type`);
        return wanted === 'LongPolling' ? poll(c, r) : events(c, q, r);
    });
});

const refuse = (s, status, body) => s.end(`HTTP/1.1 ${status} ${http.STATUS_CODES[status]}\r\nContent-Type: text/plain\r\n`
    + `Server: Kestrel\r\nContent-Length: ${body.length}\r\n\r\n${body}`);

server.on('upgrade', (q, s, head) => {
    const url = new URL(q.url, 'http://x'), id = url.searchParams.get('id');
    s.on('error', () => {});
    if (url.pathname !== o.path) return refuse(s, 404, '');
    if (!allowed(q, url)) return refuse(s, 401, '');
    if (id && !connections.has(id)) return refuse(s, 404, 'No Connection with that ID');
    if (!o.transports.includes('WebSockets')) return refuse(s, 404, 'WebSockets transport not supported by this end point type');
    const c = id ? connections.get(id) : new Connection();
    if (c.transport) return refuse(s, 409, '');
    wss.handleUpgrade(q, s, head, w => {
        c.attach('WebSockets', t => w.send(t), () => w.close(1000));
        w.on('error', () => {}).on('message', m => c.hear(m)).on('close', () => c.close());
    });
});
server.listen(+port, host);
