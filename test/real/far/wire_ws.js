// node's ws with each offer of permessage-deflate against a server that accepts it. Says "done" when all was as it should be.
const WebSocket = require('ws')
const assert = require('assert')
const [url] = process.argv.slice(2)
const offers = [false, {}, { serverNoContextTakeover: true }, { clientNoContextTakeover: true }, { serverMaxWindowBits: 9 },
  { clientMaxWindowBits: 9 }, { clientMaxWindowBits: 8, serverMaxWindowBits: 15 }, { serverMaxWindowBits: 8 },
  { serverMaxWindowBits: 12, clientMaxWindowBits: 10, serverNoContextTakeover: true, clientNoContextTakeover: true }]
const sizes = [0, 1, 125, 126, 1000, 65535, 65536, 300000]

function talk(offer) {
  return new Promise((resolve, reject) => {
    const ws = new WebSocket(url, { perMessageDeflate: offer && { threshold: 0, ...offer }, rejectUnauthorized: false })
    const wanted = []
    ws.on('error', reject)
    ws.on('open', () => {
      const agreed = ws.extensions.includes('permessage-deflate')
      assert.strictEqual(agreed, Boolean(offer) && offer.serverMaxWindowBits !== 8)
      for (let round = 0; round < 3; round++) {
        for (const n of sizes) {
          const text = Array.from({ length: n }, (_, i) => 'abc äöü \u{1f600}'.charCodeAt(i % 9 % 3)).map(c => String.fromCharCode(c)).join('')
          for (const message of [text, Buffer.from(text.split('').reverse().join(''))]) { wanted.push(message); ws.send(message) }
        }
      }
    })
    ws.on('message', (data, binary) => {
      const want = wanted.shift()
      assert.strictEqual(binary, typeof want !== 'string')
      assert.ok(Buffer.from(want).equals(data))
      if (!wanted.length) ws.close(1000)
    })
    ws.on('close', code => code === 1000 && !wanted.length ? resolve() : reject(new Error(`${JSON.stringify(offer)}: ${code}`)))
  })
}

async function main() {
  for (const offer of offers) await talk(offer)
  console.log('done')
}

main().catch(error => { console.error(error); process.exit(1) })
