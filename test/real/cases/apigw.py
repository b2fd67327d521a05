"""API Gateway's WebSocket APIs. AWS is no package. What serverless-offline plays is in cases/apigw_serverless.py; the rest (stages, IAM, error
types, GET @connections, limits) is far/apigw.js, where AWS's own signer checks the signatures."""
import json
import os

import subprocess

from lab import look
from lab.case import Wrong, case, healthy_case
from lab.parts import HERE

HOST = 'abc123.execute-api.eu-west-1.amazonaws.com'
KEYS = {'accessKeyId': 'AKIDEXAMPLE', 'secretAccessKey': 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', 'region': 'eu-west-1'}
TOKEN = 'IQoJb3JpZ2luX2VjEJr//////////wEaCXVzLWVhc3QtMSJH+/='
ECHO = '$default: async (id, text, post) => { post(id, text); return { statusCode: 200 }; }'
# tells each its own id
WHOAMI = 'opened: (id, text, post) => post(id, id)'


def gateway(t, options='', keys=None):
    keys = f'keys: {json.dumps(keys)},' if keys else ''
    return t.node(f"require({json.dumps(os.path.join(HERE, 'far', 'apigw.js'))}).gateway({{ host, port, {keys} {options} }});")


def signed(t, options='', **more):
    return gateway(t, options, {**KEYS, **more})


def hold(t, far):
    """A connection that stays open; returns its id, which WHOAMI tells."""
    said, s = look.upgrade(far.address, far.port, '/prod')
    t._held.append(s)
    return said[-16:]


def let_go(t):
    while t._held:
        t._held.pop().close()


def quiet(t, far, held, secrets):
    """Neither the report, nor -v, nor the saved journal tells a secret; the connection is found."""
    saved = os.path.join(t.folder, 'saved.jsonl')
    words = [t.wsdx, 'check', '-v', '-o', 'json', '--save', saved, '--connection-id', held, '--resolve', f'{HOST}:{far.port}:127.0.0.1',
        '--endpoint', f'http://{HOST}:{far.port}/prod']
    p = subprocess.run(words, capture_output=True, text=True, timeout=30, env={**os.environ, **aws(t, AWS_SESSION_TOKEN=TOKEN)}, stdin=subprocess.DEVNULL)
    t.ran, t.said = ' '.join(words), json.loads(p.stdout)
    with open(saved) as f:
        everything = p.stdout + p.stderr + f.read()
    told = [s for s in secrets if s in everything]
    if t.said['verdict'] != 'healthy' or told:
        raise Wrong(f'{t.ran}\n{t.said["verdict"]}, tells {told}\n{everything[-3000:]}')


def aws(t, secret=KEYS['secretAccessKey'], **more):
    """The environment of a user with credentials; no endpoint of the machine is asked for any."""
    return {'HOME': t.folder, 'AWS_ACCESS_KEY_ID': KEYS['accessKeyId'], 'AWS_SECRET_ACCESS_KEY': secret,
        'AWS_EC2_METADATA_DISABLED': 'true', **more}


def at_aws(far, path='/prod', scheme='ws'):
    """The URL by AWS's name, and where it really is."""
    return f'{scheme}://{HOST}:{far.port}{path}', '--resolve', f'{HOST}:{far.port}:127.0.0.1'


def nobody(t):
    return {'HOME': t.folder, 'AWS_EC2_METADATA_DISABLED': 'true', 'AWS_ACCESS_KEY_ID': '', 'AWS_SECRET_ACCESS_KEY': ''}


@healthy_case('apigw', 'ws')
def _(t):
    far = gateway(t, f'routes: {{ {ECHO} }}')
    t.healthy(*at_aws(far), env=nobody(t))
    t.healthy(*at_aws(far), '--send', '{"action":"hello"}', '--expect', '"hello"', env=nobody(t))
    t.healthy(*at_aws(far), '--samples', '3', env=nobody(t))


@healthy_case('apigw-signed', '@smithy/signature-v4')
def _(t):
    far = signed(t)
    t.healthy(*at_aws(far), '--aws-sigv4', env=aws(t))
    t.healthy(*at_aws(far, '/prod?z=%2F&a=x%20y&a=&b&%C3%BC=%2b'), '--aws-sigv4', env=aws(t))
    t.healthy(far.ws('/prod'), '--aws-sigv4', '--aws-region', 'eu-west-1', env=aws(t))
    far = signed(t, sessionToken=TOKEN)
    t.healthy(*at_aws(far), '--aws-sigv4', env=aws(t, AWS_SESSION_TOKEN=TOKEN))
    shared = os.path.join(t.folder, 'credentials')
    with open(shared, 'w') as f:
        f.write(f'[chat]\naws_access_key_id = {KEYS["accessKeyId"]}\naws_secret_access_key = {KEYS["secretAccessKey"]}\naws_session_token = {TOKEN}\n')
    t.healthy(*at_aws(far), '--aws-profile', 'chat', '--aws-sigv4', env={**nobody(t), 'AWS_SHARED_CREDENTIALS_FILE': shared})


@healthy_case('apigw-credentials', '@smithy/signature-v4')
def _(t):
    """Those that a container and an instance are given by their endpoints."""
    far = signed(t, sessionToken=TOKEN)
    given = json.dumps({'AccessKeyId': KEYS['accessKeyId'], 'SecretAccessKey': KEYS['secretAccessKey'], 'Token': TOKEN})
    endpoint = t.node(f"""
const roles = '/latest/meta-data/iam/security-credentials/';
http.createServer((q, r) => {{
    const h = q.headers, token = h['x-aws-ec2-metadata-token'] === 'session';
    if (q.url === '/container' && h.authorization === 'Basic abc') return r.end({json.dumps(given)});
    if (q.method === 'PUT' && q.url === '/latest/api/token' && h['x-aws-ec2-metadata-token-ttl-seconds']) return r.end('session');
    if (token && q.url === roles) return r.end('chat-role');
    if (token && q.url === roles + 'chat-role') return r.end({json.dumps(given)});
    r.writeHead(401);
    r.end();
}}).listen(port, host);
""")
    none = {k: v for k, v in nobody(t).items() if k != 'AWS_EC2_METADATA_DISABLED'}
    t.healthy(*at_aws(far), '--aws-sigv4', env={**none, 'AWS_CONTAINER_CREDENTIALS_FULL_URI': endpoint.http('/container'),
        'AWS_CONTAINER_AUTHORIZATION_TOKEN': 'Basic abc', 'AWS_EC2_METADATA_DISABLED': 'true'})
    t.healthy(*at_aws(far), '--aws-sigv4', env={**none, 'AWS_EC2_METADATA_SERVICE_ENDPOINT': endpoint.http('/')})


@healthy_case('apigw-connections', '@smithy/signature-v4')
def _(t):
    far = gateway(t, f'routes: {{ {WHOAMI} }}')
    held = hold(t, far)
    t.healthy(None, '--connection-id', held, '--endpoint', far.http('/prod'), env=nobody(t))
    t.healthy(None, '--connection-id', held.replace('=', '%3D'), '--endpoint', far.http('/prod/'), env=nobody(t))
    t.healthy(far.http('/prod'), '--connection-id', held, '--send', 'news', env=nobody(t))
    far = signed(t, f'iam: false, routes: {{ {WHOAMI} }}', sessionToken=TOKEN)
    held = hold(t, far)
    t.healthy(None, '--connection-id', held, '--aws-sigv4', '--aws-region', 'eu-west-1', '--endpoint', far.http('/prod'), '--send', 'n\u00e9ws',
        env=aws(t, AWS_SESSION_TOKEN=TOKEN))
    quiet(t, far, held, [KEYS['secretAccessKey'], TOKEN, KEYS['accessKeyId'], 'Signature='])


@case('apigw-manageconnections-denied', '@smithy/signature-v4', healthy='the secret key that belongs to the access key')
def _(t):
    far = signed(t)
    where = at_aws(far, scheme='http')
    asks = ('--connection-id', 'L0SM9cOFvHcCIhw=')
    t.broken(*where, *asks, env=aws(t, secret='another'))
    t.broken(*where, *asks, '--aws-region', 'us-east-1', env=aws(t))
    t.broken(*where, *asks, '--send', 'news', env=aws(t, AWS_SESSION_TOKEN='of somebody else'))
    t.broken(*where, *asks, env=nobody(t))
    t.without(*where, *asks, env=aws(t))
    t.without(*where, *asks, '--send', 'n\u00e9ws', env=aws(t))
    t.broken(*at_aws(signed(t, denied=True), scheme='http'), *asks, env=aws(t))


@case('apigw-connect-refused', ours='the gateway', healthy='with the identity source')
def _(t):
    far = gateway(t, "refuse: q => q.url.includes('token=good') ? 0 : q.url.includes('token=') ? 403 : 401")
    t.broken(*at_aws(far), env=nobody(t))
    t.broken(*at_aws(far, '/prod?token=bad'), env=nobody(t))
    t.healthy(*at_aws(far, '/prod?token=good'), env=nobody(t))
    t.broken(*at_aws(far, '/stage?token=good'), env=nobody(t))
    t.broken(*at_aws(gateway(t, 'routes: { $connect: async () => { throw new Error("x"); } }')), env=nobody(t))
    t.broken(*at_aws(gateway(t, 'routes: { $connect: async () => ({ message: "connected" }) }')), env=nobody(t))
    t.broken(*at_aws(signed(t)), env=nobody(t))


@case('apigw-new-conn-throttle', ours='the gateway', healthy='no storm')
def _(t):
    t.broken(*at_aws(gateway(t, 'throttled: () => true')), env=nobody(t))
    t.without(*at_aws(gateway(t, 'refuse: () => 403')), env=nobody(t))


@case('apigw-lambda-error-as-message', ours='the gateway', healthy='a route that answers')
def _(t):
    far = gateway(t, f'routes: {{ {ECHO}, boom: async () => {{ throw new Error("x"); }} }}')
    t.broken(*at_aws(far), '--send', '{"action":"boom"}', env=nobody(t))
    t.broken(*at_aws(far), '--send', '{"action":"boom"}', '--expect', 'done', env=nobody(t))
    t.healthy(*at_aws(far), '--send', '{"action":"other"}', '--expect', 'other', env=nobody(t))
    t.broken(far.ws('/prod'), '--send', '{"action":"boom"}', env=nobody(t))
    t.broken(*at_aws(gateway(t, 'routes: { hello: async () => 0 }')), '--send', '{"action":"helo"}', env=nobody(t))


@case('apigw-post-in-connect', ours='the gateway', healthy='posted once the connection is established')
def _(t):
    # a child of $connect posts the welcome: now before the connection is established, now after
    far = gateway(t, '''routes: { $connect: async (id, text, post) => {
        const n = global.n = (global.n || 0) + 1;
        setTimeout(() => post(id, 'welcome'), n % 2 ? 5 : 60);
        await new Promise(done => setTimeout(done, 30));
        return { statusCode: 200 };
    } }''')
    t.broken(*at_aws(far), '--samples', '6', '--timeout', '1s', env=nobody(t))
    t.healthy(*at_aws(gateway(t, "routes: { opened: (id, text, post) => setTimeout(() => post(id, 'welcome'), 20) }")), '--samples', '6', '--timeout', '1s',
        env=nobody(t))
    # nobody is welcomed: nothing is proven
    t.healthy(*at_aws(gateway(t, "routes: { $connect: async (id, text, post) => (post(id, 'welcome'), { statusCode: 200 }) }")), '--samples', '3',
        '--timeout', '1s', env=nobody(t))


@case('apigw-gone-stale', ours='the gateway', healthy='a connection that is there')
def _(t):
    far = gateway(t, f'routes: {{ {WHOAMI} }}')
    held = hold(t, far)
    t.healthy(None, '--connection-id', held, '--endpoint', far.http('/prod'), env=nobody(t))
    let_go(t)
    t.broken(None, '--connection-id', held, '--endpoint', far.http('/prod'), severity='warning', env=nobody(t))
    t.broken(None, '--connection-id', held, '--endpoint', far.http('/prod'), '--send', 'news', severity='warning', env=nobody(t))


@case('apigw-bad-connection-id', ours='the gateway', healthy='the id as it was given')
def _(t):
    far = gateway(t, f'routes: {{ {WHOAMI} }}')
    held = hold(t, far)
    t.broken(None, '--connection-id', held[:-1], '--endpoint', far.http('/prod'), env=nobody(t))
    t.healthy(None, '--connection-id', held, '--endpoint', far.http('/prod'), env=nobody(t))


@case('apigw-wrong-endpoint', ours='the gateway', healthy='https, and the stage once')
def _(t):
    far = gateway(t, f'routes: {{ {WHOAMI} }}')
    held = hold(t, far)
    asks = ('--connection-id', held, '--resolve', f'{HOST}:{far.port}:127.0.0.1', '--endpoint')
    for path in ('', '/prod/prod', '/prod/@connections'):
        t.broken(None, *asks, f'http://{HOST}:{far.port}{path}', env=nobody(t))
    t.broken(None, *asks, f'ws://{HOST}:{far.port}/prod', env=nobody(t))
    t.broken(None, *asks, f'http://{HOST}:{far.port}/stage', env=nobody(t))
    t.healthy(None, *asks, f'http://{HOST}:{far.port}/prod', env=nobody(t))


@case('apigw-frame-32k', ours='the gateway', healthy='messages below the limit')
def _(t):
    far = gateway(t, f'routes: {{ {ECHO} }}')
    t.broken(*at_aws(far), '--size', '100k', env=nobody(t))
    t.healthy(*at_aws(far), '--size', '30000', env=nobody(t))


@case('app-expected-missing', 'ws', healthy='a message that holds it')
def _(t):
    far = t.echo()
    t.broken(far.ws(), '--send', 'hello', '--expect', 'welcome', '--timeout', '1s')
    t.broken(far.ws(), '--expect', 'welcome', '--timeout', '1s')
    t.healthy(far.ws(), '--send', 'you are welcome', '--expect', 'welcome')
    t.healthy(t.echo(on="s.send('welcome');").ws(), '--expect', 'welcome')
