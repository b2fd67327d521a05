"""GraphQL over WebSocket, both generations: graphql-ws, and subscriptions-transport-ws before it."""
from lab.case import case, healthy_case

BOTH = '''
const { buildSchema, execute, subscribe } = require('graphql');
const { useServer } = require('graphql-ws/lib/use/ws'), { SubscriptionServer } = require('subscriptions-transport-ws');
const schema = buildSchema('type Query { a: String } type Subscription { b: String }');
const server = http.createServer((q, r) => { r.writeHead(404); r.end(); });
const current = new WebSocketServer({ noServer: true }), legacy = new WebSocketServer({ noServer: true });
useServer({ schema }, current);
SubscriptionServer.create({ schema, execute, subscribe }, legacy);
%s
server.listen(port, host);
'''
AUTH = ('--auth', '{"token":"open"}')


@case('gql-subprotocol-mismatch', 'graphql-ws, subscriptions-transport-ws', healthy='client and server are of one generation',
    name='gql-subprotocol-mismatch-both')
def _(t):
    new, old = t.graphql(), t.graphql_old()
    t.broken(new.ws('/graphql'), '--subprotocol', 'graphql-ws')
    t.broken(old.ws('/graphql'), '--subprotocol', 'graphql-transport-ws')
    t.broken(old.ws('/graphql'))
    snippet = '' if t.looking else t.snippet('node')
    finding = t.said and t.found(t.case.cause)
    if finding and 'library subscriptions-transport-ws' not in finding['summary']:
        t.wrong('the libraries are not named')
    t.healthy(new.ws('/graphql'))
    t.healthy(new.ws('/graphql'), '--subprotocol', 'graphql-transport-ws')
    t.healthy(old.ws('/graphql'), '--subprotocol', 'graphql-ws')
    # the printed fix for a server: both, by the offered subprotocol
    both = t.node(BOTH % snippet)
    t.healthy(both.ws('/graphql'), '--subprotocol', 'graphql-ws')
    t.healthy(both.ws('/graphql'), '--subprotocol', 'graphql-transport-ws')


@case('auth-close-after-accept', 'graphql-ws', healthy='the payload of connection_init has the token', name='auth-close-after-accept-graphql')
def _(t):
    far = t.graphql("onConnect: c => (c.connectionParams || {}).token === 'open'")
    t.broken(far.ws('/graphql'))
    t.healthy(far.ws('/graphql'), *AUTH)


@case('gql-init-refused', 'graphql-ws', healthy='the payload of connection_init has the right token', name='gql-init-refused-4403')
def _(t):
    far = t.graphql("onConnect: c => (c.connectionParams || {}).token === 'open'")
    t.broken(far.ws('/graphql'), '--auth', '{"token":"shut"}')
    t.healthy(far.ws('/graphql'), *AUTH)


@case('gql-init-refused', 'subscriptions-transport-ws', healthy='the payload of connection_init has the token')
def _(t):
    far = t.graphql_old("onConnect: p => { if (!p || p.token !== 'open') throw new Error('Missing auth token!'); }")
    t.broken(far.ws('/graphql'), '--subprotocol', 'graphql-ws')
    t.healthy(far.ws('/graphql'), '--subprotocol', 'graphql-ws', *AUTH)


@case('gql-init-refused', 'graphql-ws', healthy='onConnect returns', name='gql-init-refused-4500')
def _(t):
    t.broken(t.graphql("onConnect: () => { throw new Error('no database'); }").ws('/graphql'))
    t.healthy(t.graphql('onConnect: () => true').ws('/graphql'))


@case('gql-init-unanswered', 'graphql-ws', healthy='onConnect returns, if late')
def _(t):
    t.broken(t.graphql('onConnect: () => new Promise(() => {})').ws('/graphql'), '--timeout', '1s')
    t.healthy(t.graphql('onConnect: () => new Promise(done => setTimeout(done, 300, true))').ws('/graphql'))


@case('gql-init-unanswered', 'ws', healthy='a path of that name alone proves nothing', name='gql-init-unanswered-echo')
def _(t):
    # `ws` agrees to any subprotocol, whoever speaks it
    far = t.echo()
    t.broken(far.ws('/graphql'), '--dialect', 'graphql', '--timeout', '1s')
    t.healthy(far.ws('/graphql'))


@case('upg-headers-stripped', 'nginx, graphql-ws', healthy='the three lines are there', name='upg-headers-stripped-graphql')
def _(t):
    far = t.graphql()
    bad = t.nginx(f'location / {{\n    proxy_pass http://{far.at};\n    # fix here\n}}')
    t.suspected(bad.ws('/graphql'), '--dialect', 'graphql', '--direct', far.ws('/graphql'))
    t.healthy(t.nginx(t.proxied(far)).ws('/graphql'), '--dialect', 'graphql')


@healthy_case('graphql-held', 'graphql-ws')
def _(t):
    # it closes with 4408 who has not said connection_init after a second: what is held says it
    t.healthy(t.graphql('connectionInitWaitTimeout: 1000').ws('/graphql'), '--subprotocol', 'graphql-transport-ws', '--idle', '3s')
