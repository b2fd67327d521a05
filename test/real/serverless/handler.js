// The Lambdas behind the API Gateway that serverless-offline plays. `?token=` is what the authorizer looks at; `?welcome=` says when $connect
// posts its welcome (race, later, inside; id: the connection's id in its place), or that it refuses or throws. Each post's status is printed.
const ok = { statusCode: 200 };
const wait = ms => new Promise(done => setTimeout(done, ms));
let connections = 0;

async function post(id, text) {
    const answer = await fetch(process.env.CONNECTIONS + encodeURIComponent(id), { method: 'POST', body: text });
    console.log(`post ${text.slice(0, 7)} ${answer.status}`);
}

exports.authorizer = async event => {
    const { token } = event.queryStringParameters || {};
    if (!token) return 'Unauthorized';
    return { principalId: 'somebody', policyDocument: { Version: '2012-10-17', Statement: [
        { Action: 'execute-api:Invoke', Effect: token === 'good' ? 'Allow' : 'Deny', Resource: event.methodArn }] } };
};

exports.connect = async event => {
    const { connectionId } = event.requestContext, { welcome } = event.queryStringParameters;
    if (welcome === 'throws') throw new Error('$connect throws');
    if (welcome === 'refuses') return { statusCode: 403 };
    // now it is early, now it is not
    if (welcome === 'race' && ++connections % 2) await post(connectionId, 'welcome');
    else if (welcome === 'race' || welcome === 'later') wait(50).then(() => post(connectionId, 'welcome'));
    else if (welcome === 'inside') await post(connectionId, 'welcome');
    else if (welcome === 'id') wait(50).then(() => post(connectionId, connectionId));
    return ok;
};

exports.disconnect = async event => {
    console.log(`disconnected ${event.requestContext.connectionId}`);
    return ok;
};

exports.other = async event => ({ statusCode: 200, body: event.body });

exports.boom = async () => {
    throw new Error('the handler throws');
};
