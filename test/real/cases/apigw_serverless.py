"""API Gateway as serverless-offline plays it, with Lambdas of ours (serverless/handler.js). Where it differs from AWS: a stage has no path; GET
@connections is 426 for every id (so only --send tells anything), a post 204; ids are UUIDs, and no signature is wanted; a refusal is that of
`ws`, without connectionId and requestId. It runs where there is only loopback."""
import re
import time

from lab import look
from lab.case import Wrong, case
from lab.process import Failed

APIGW = ('--dialect', 'apigw')


def api(t):
    """(the API, its environment for wsdx, a URL of it by the query)."""
    far = t.serverless()
    nobody = {'HOME': t.folder, 'AWS_EC2_METADATA_DISABLED': 'true', 'AWS_ACCESS_KEY_ID': '', 'AWS_SECRET_ACCESS_KEY': ''}
    return far, nobody, lambda query='token=good': far.ws('/?' + query)


def hold(t, far):
    """A connection that stays open, and its id, which $connect lets be posted to it."""
    said, s = look.upgrade(far.address, far.port, '/?token=good&welcome=id')
    t._held.append(s)
    s.settimeout(5)
    while not re.search(r'\r\n\r\n..[0-9a-f-]{36}$', said, re.S):
        said += s.recv(100).decode('latin-1') or 'no id'
    return said[-36:], s


def logged(far, words):
    deadline = time.monotonic() + 5
    while words not in far.process.log(1 << 20):
        if time.monotonic() > deadline:
            raise Failed(f'serverless-offline did not log: {words}')
        time.sleep(0.01)


@case('apigw-post-in-connect', 'serverless-offline', healthy='posted once the connection is established',
    needs='net', name='serverless-post-in-connect')
def _(t):
    far, nobody, url = api(t)
    many = (*APIGW, '--samples', '6', '--timeout', '2s')
    t.broken(url('token=good&welcome=race'), *many, env=nobody)
    logged(far, 'post welcome 410')
    logged(far, 'post welcome 204')
    t.healthy(url('token=good&welcome=later'), *many, env=nobody)
    # nobody is welcomed: from outside nothing is proven
    t.healthy(url('token=good&welcome=inside'), *many, env=nobody)


@case('apigw-gone-stale', 'serverless-offline', healthy='a connection that is there',
    needs='net', name='serverless-gone-stale')
def _(t):
    far, nobody, url = api(t)
    name, held = hold(t, far)
    asks = ('--connection-id', name, '--endpoint', far.http(), '--send', 'news')
    t.healthy(None, *asks, env=nobody)
    if b'news' not in held.recv(100):
        raise Wrong('the message did not arrive')
    held.close()
    logged(far, f'disconnected {name}')
    t.broken(None, *asks, severity='warning', env=nobody)


@case('apigw-connect-refused', 'serverless-offline', healthy='with the identity source',
    needs='net', name='serverless-connect-refused')
def _(t):
    far, nobody, url = api(t)
    for query in ('', 'token=bad', 'token=good&welcome=refuses'):
        t.broken(url(query), *APIGW, env=nobody)
    # a $connect that throws is a bare 502 here, without connectionId and requestId: nothing tells it from a proxy's
    t.without(url('token=good&welcome=throws'), *APIGW, env=nobody)
    if t.said and t.said['verdict'] != 'broken':
        t.wrong('a $connect that throws lets nobody in')
    t.healthy(url(), *APIGW, env=nobody)


@case('apigw-lambda-error-as-message', 'serverless-offline', healthy='a route that answers',
    needs='net', name='serverless-lambda-error-as-message')
def _(t):
    far, nobody, url = api(t)
    t.broken(url(), *APIGW, '--send', '{"action":"boom"}', env=nobody)
    t.broken(url(), '--send', '{"action":"boom"}', '--expect', 'done', env=nobody)
    t.healthy(url(), *APIGW, '--send', '{"action":"other"}', '--expect', 'other', env=nobody)
