// Shoukaku, a real client library of Lavalink, with a Discord of ours: `bot` makes one, and tells in `log` what it
// emitted. NODE_URL (host:port) and NODE_PASSWORD say which node.
const assert = require('assert/strict');
const { Shoukaku, Connectors } = require('shoukaku');

// Discord answers a voice state update with both events of it, as it does when a channel is joined.
class Discord extends Connectors.DiscordJS {
    constructor() {
        super({ once() {}, on() {} });
    }
    getId() {
        return '170939974227541168';
    }
    sendPacket(shard, { d }) {
        if (!d.channel_id) return;
        setImmediate(() => {
            this.raw({ t: 'VOICE_STATE_UPDATE', d: { guild_id: d.guild_id, user_id: this.getId(), channel_id: d.channel_id,
                session_id: 'discord-session' } });
            this.raw({ t: 'VOICE_SERVER_UPDATE', d: { guild_id: d.guild_id, token: 'discord-token', endpoint: 'fra1.discord.media:443' } });
        });
    }
    listen(nodes) {
        setImmediate(() => this.ready(nodes));
    }
}

function bot(options = {}, auth = process.env.NODE_PASSWORD) {
    const log = [], waiting = new Set();
    const s = new Shoukaku(new Discord(), [{ name: 'node', url: process.env.NODE_URL, auth }],
        { reconnectTries: 2, reconnectInterval: 0.2, restTimeout: 5, ...options });
    for (const name of ['ready', 'error', 'close', 'reconnecting', 'raw', 'debug'])
        s.on(name, (_, ...rest) => {
            log.push([name, ...rest]);
            for (const look of [...waiting]) look();
        });
    // The first entry at or behind `from` of this name whose values `fits` likes.
    s.seen = (name, fits = () => true, from = 0) => new Promise((resolve, reject) => {
        const late = setTimeout(() => reject(new Error(`no ${name} came: ${JSON.stringify(log.map(String), null, 1)}`)), 10000);
        const look = () => {
            const found = log.slice(from).find(([n, ...rest]) => n === name && fits(...rest));
            if (!found) return;
            clearTimeout(late);
            waiting.delete(look);
            resolve(found.slice(1));
        };
        waiting.add(look);
        look();
    });
    s.log = log;
    s.node = () => s.nodes.get('node');
    return s;
}

// Its last word when it takes the node away: also where the last try had succeeded.
const GAVE_UP = /closed before a connection was established/;

module.exports = { assert, bot, GAVE_UP };
