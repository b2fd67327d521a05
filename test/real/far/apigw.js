// A WebSocket API of API Gateway, as serverless-offline 13 plays one (its answers to posts and to connections that are gone), with what
// AWS documents beyond it: stages, IAM, error types, GET @connections, limits. Signatures are computed anew by the signer of
// AWS's own SDK.
//
//     gateway({ host, port, stage, keys, iam, refuse, routes, throttled })
//
// keys: { accessKeyId, secretAccessKey, sessionToken, region, denied }, iam: false when only @connections wants them; refuse(request): a status, or nothing; routes: each
// (id, body, post) → what the Lambda returns; post(id, text) → a status, as @connections answers it.
const http = require('http'), crypto = require('crypto');
const { WebSocketServer } = require('ws');

const TYPES = { 400: 'BadRequestException', 401: 'UnauthorizedException', 403: 'ForbiddenException', 410: 'GoneException',
    429: 'TooManyRequestsException', 500: 'InternalServerErrorException' };
const WORDS = { 401: 'Unauthorized', 403: 'Forbidden', 429: 'Too Many Requests', 500: 'Internal server error', 502: 'Internal server error' };
const newId = () => crypto.randomBytes(11).toString('base64');
const PROOF = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=[0-9a-f]{64}$/;

// What IAM says of the request: [status, type, message], or nothing when it is signed well.
async function judge(keys, q, body) {
    const { SignatureV4 } = require('@smithy/signature-v4');
    const { Sha256 } = require('@aws-crypto/sha256-js');
    const given = q.headers.authorization, proof = PROOF.exec(given || '');
    if (!given) return [403, 'MissingAuthenticationTokenException', 'Missing Authentication Token'];
    if (!proof) return [403, 'IncompleteSignatureException', 'malformed'];
    if (proof[1] !== keys.accessKeyId || (q.headers['x-amz-security-token'] || '') !== (keys.sessionToken || ''))
        return [403, 'UnrecognizedClientException', 'The security token included in the request is invalid.'];
    const date = q.headers['x-amz-date'].replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');
    if (Math.abs(Date.now() - new Date(date)) > 300000) return [403, 'InvalidSignatureException', 'Signature expired'];
    const [path, rest = ''] = q.url.split(/\?(.*)/s), query = {}, headers = {};
    for (const part of rest.split('&').filter(Boolean)) {
        const [name, value = ''] = part.split(/=(.*)/s).map(decodeURIComponent);
        query[name] = name in query ? [].concat(query[name], value) : value;
    }
    const names = proof[4].split(';');
    if (!names.includes('host')) return [403, 'IncompleteSignatureException', 'host is not signed'];
    for (const name of names) if (!['x-amz-date', 'x-amz-security-token'].includes(name)) headers[name] = q.headers[name];
    const signer = new SignatureV4({ credentials: keys, region: keys.region, service: 'execute-api', sha256: Sha256, applyChecksum: false });
    const again = await signer.sign({ method: q.method, protocol: 'https:', hostname: q.headers.host, path, query, headers, body: body || undefined },
        { signingDate: new Date(date) });
    if (again.headers.authorization !== given)
        return [403, 'InvalidSignatureException', 'The request signature we calculated does not match the signature you provided.'];
}

// Frames over 32 KiB and messages over 128 KiB end the connection.
function limit(socket, exceed) {
    let head = Buffer.alloc(0), skip = 0, message = 0;
    socket.prependListener('data', data => {
        for (;;) {
            const n = Math.min(skip, data.length);
            data = data.subarray(n);
            skip -= n;
            if (skip || !data.length) return;
            head = Buffer.concat([head, data]);
            data = Buffer.alloc(0);
            if (head.length < 2) return;
            const short = head[1] & 127, more = short === 126 ? 2 : short === 127 ? 8 : 0;
            if (head.length < 2 + more + 4) return;
            const size = more === 2 ? head.readUInt16BE(2) : more ? Number(head.readBigUInt64BE(2)) : short;
            if (!(head[0] & 8)) message = (head[0] & 15 ? 0 : message) + size;
            if (size > 32768 || message > 131072) return exceed();
            skip = size;
            data = head.subarray(2 + more + 4);
            head = Buffer.alloc(0);
        }
    });
}

function gateway({ host, port, stage = 'prod', keys, iam = true, refuse = () => 0, routes = {}, throttled }) {
    const open = new Map(), wss = new WebSocketServer({ noServer: true, maxPayload: 1 << 20 });
    const json = (status, type, body) => ({ status, body: JSON.stringify(body),
        headers: { 'Content-Type': 'application/json', 'x-amzn-RequestId': crypto.randomUUID(), ...(type ? { 'x-amzn-ErrorType': type } : {}) } });
    const post = (id, text) => {
        const c = open.get(id);
        if (!/^[A-Za-z0-9_-]{15}=$/.test(id)) return 400;
        if (!c || c.s.readyState !== 1) return 410;
        c.s.send(text);
        c.active = new Date();
        return 200;
    };
    const describe = c => ({ connectedAt: c.at.toISOString(), identity: { sourceIp: '127.0.0.1', userAgent: 'x' }, lastActiveAt: c.active.toISOString() });

    async function connections(q, body) {
        const wrong = keys && await judge(keys, q, body);
        if (wrong) return json(wrong[0], wrong[1], { message: wrong[2] });
        const path = /^\/([^/]+)\/(?:@|%40)connections\/([^/]+)$/.exec(q.url);
        if (!path || path[1] !== stage) return json(403, 'ForbiddenException', { message: 'Forbidden' });
        const id = decodeURIComponent(path[2]), c = open.get(id);
        if (keys && keys.denied)
            return json(403, 'AccessDeniedException', { message: `User: arn:aws:iam::123456789012:user/x is not authorized to perform: ` +
                `execute-api:ManageConnections on resource: arn:aws:execute-api:eu-west-1:********9012:a1/prod/${q.method}/@connections/{connectionId}` });
        const status = q.method === 'POST' ? post(id, body) : !/^[A-Za-z0-9_-]{15}=$/.test(id) ? 400 : c && c.s.readyState === 1 ? 200 : 410;
        if (status === 400) return json(400, TYPES[400], { message: `Invalid connectionId: ${id}` });
        if (status === 410) return { status, headers: { 'x-amzn-ErrorType': TYPES[410] }, body: '' };
        return q.method === 'GET' ? json(200, '', describe(c)) : { status: 200, headers: {}, body: '' };
    }

    const server = http.createServer((q, r) => {
        let body = '';
        q.on('data', d => body += d).on('end', async () => {
            const a = await connections(q, body).catch(e => json(500, TYPES[500], { message: String(e) }));
            r.writeHead(a.status, { ...a.headers, 'Content-Length': Buffer.byteLength(a.body) });
            r.end(a.body);
        });
    });

    function refused(socket, status, id, type = TYPES[status], message = WORDS[status]) {
        const body = JSON.stringify({ message, connectionId: id, requestId: newId() });
        socket.end(`HTTP/1.1 ${status} ${http.STATUS_CODES[status]}\r\nContent-Type: application/json\r\n` +
            (type ? `x-amzn-ErrorType: ${type}\r\n` : '') + `Connection: keep-alive\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    }

    async function answer(id, text) {
        let action;
        try { action = JSON.parse(text).action; } catch { /* $default takes it */ }
        const route = Object.hasOwn(routes, action) ? routes[action] : routes.$default, error = message =>
            post(id, JSON.stringify({ message, connectionId: id, requestId: newId() }));
        if (!route) return error('Forbidden');
        try { await route(id, text, post); } catch { error('Internal server error'); }
    }

    async function upgrade(q, socket, head) {
        const id = crypto.randomBytes(11).toString('base64url') + '=', path = q.url.split('?')[0];
        const wrong = keys && iam && await judge(keys, q);
        if (throttled && throttled()) return refused(socket, 429, id);
        if (wrong) return refused(socket, ...[wrong[0], id, wrong[1], wrong[2]]);
        if (path !== `/${stage}`) return refused(socket, 403, id);
        if (refuse(q)) return refused(socket, refuse(q), id);
        try {
            const said = routes.$connect ? await routes.$connect(id, '', post) : { statusCode: 200 };
            if (!said || !said.statusCode) return refused(socket, 502, id);
            if (said.statusCode !== 200) return refused(socket, said.statusCode, id);
        } catch {
            return refused(socket, 500, id);
        }
        wss.handleUpgrade(q, socket, head, s => {
            open.set(id, { s, at: new Date(), active: new Date() });
            limit(socket, () => socket.end(Buffer.from([0x88, 2, 0x03, 0xf1])));
            s.on('error', () => {});
            s.on('message', data => answer(id, data.toString()));
            if (routes.opened) routes.opened(id, '', post);
        });
    }
    server.on('upgrade', (q, socket, head) => {
        socket.on('error', () => {});
        upgrade(q, socket, head);
    });
    server.listen(port, host);
}

module.exports = { gateway };
