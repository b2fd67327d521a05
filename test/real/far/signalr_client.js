/* The real SignalR client for JavaScript: connects, calls `echo`, tells by which transport.
 * node signalr_client.js URL [TRANSPORTS of HttpTransportType as a number] [--skip] */
const { HubConnectionBuilder, LogLevel } = require('@microsoft/signalr');
const [url, transports, skip] = process.argv.slice(2);
const lines = [];
const logger = { log: (level, text) => { if (level >= LogLevel.Debug) lines.push(text); } };
const hub = new HubConnectionBuilder().withUrl(url, { ...(+transports ? { transport: +transports } : {}), skipNegotiation: !!skip })
    .configureLogging(logger).build();
const name = () => (hub.connection.transport || {}).constructor.name.replace(/Transport$/, '');
setTimeout(() => { console.log('deadline'); process.exit(1); }, 10000);
hub.start().then(() => hub.invoke('echo', 'hello')).then(async said => {
    console.log(name(), said);
    await hub.stop();
    process.exit(said === 'hello' ? 0 : 1);
}, e => {
    console.log(`${e.message}\n${lines.filter(l => /fail|error|404|400/i.test(l)).join('\n')}`);
    process.exit(1);
});
