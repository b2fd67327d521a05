// node's own HTTP/2 client against a server: WebSockets and requests by one connection. Says "done" when all was as it should be.
const http2 = require('http2')
const assert = require('assert')
const [url] = process.argv.slice(2)
const client = http2.connect(url, { rejectUnauthorized: false })
const STREAMS = 20

function frame(opcode, payload) {
  const data = Buffer.from(payload), key = Buffer.from([1, 2, 3, 4])
  const head = data.length < 126 ? Buffer.from([0x80 | opcode, 0x80 | data.length])
    : Buffer.from([0x80 | opcode, 0xfe, data.length >> 8, data.length & 255])
  return Buffer.concat([head, key, Buffer.from(data.map((b, i) => b ^ key[i & 3]))])
}

function frames(buffer) {
  const all = []
  while (buffer.length > 1) {
    let n = buffer[1], at = 2
    if (n === 126) { n = buffer.length > 3 ? buffer.readUInt16BE(2) : Infinity; at = 4 }
    if (buffer.length < at + n) break
    all.push([buffer[0] & 15, buffer.subarray(at, at + n)])
    buffer = buffer.subarray(at + n)
  }
  return all
}

function websocket(path, say, enough) {
  return new Promise((resolve, reject) => {
    const stream = client.request({ ':method': 'CONNECT', ':protocol': 'websocket', ':path': path, 'sec-websocket-version': '13' })
    let heard = Buffer.alloc(0)
    stream.on('error', reject)
    stream.on('response', head => {
      assert.strictEqual(head[':status'], 200)
      assert.strictEqual(head['sec-websocket-accept'], undefined)
      for (const one of say) stream.write(one)
    })
    stream.on('data', data => {
      heard = Buffer.concat([heard, data])
      if (enough(frames(heard))) stream.write(frame(8, [3, 232]))
    })
    stream.on('end', () => resolve(frames(heard)))
  })
}

function ask(head, body) {
  return new Promise((resolve, reject) => {
    const stream = client.request(head)
    let status, text = ''
    stream.on('error', reject)
    stream.on('response', h => { status = h[':status'] })
    stream.on('data', data => { text += data })
    stream.on('end', () => resolve([status, text]))
    stream.end(body)
  })
}

async function socketIo() {
  const path = '/socket.io/?EIO=4&transport=polling'
  const [status, text] = await ask({ ':path': path })
  assert.strictEqual(status, 200)
  const own = path + '&sid=' + JSON.parse(text.slice(1)).sid
  assert.deepStrictEqual(await ask({ ':method': 'POST', ':path': own }, '40'), [200, 'ok'])
  assert.match((await ask({ ':path': own }))[1], /^40\{"sid":/)
  const upgraded = await websocket(own.replace('polling', 'websocket'), [frame(1, '2probe')], all => all.length)
  assert.strictEqual(String(upgraded[0][1]), '3probe')
}

async function main() {
  const settings = await new Promise(resolve => client.once('remoteSettings', resolve))
  assert.strictEqual(settings.enableConnectProtocol, true)
  const big = Buffer.alloc(60000, 'x')
  const sockets = Array.from({ length: STREAMS }, (_, i) =>
    websocket('/echo', [frame(1, `hello ${i}`), frame(2, big), frame(9, 'ping')], all => all.length > 2))
  const others = Array.from({ length: STREAMS }, () => ask({ ':path': '/health' }))
  for (const [status, text] of await Promise.all(others)) assert.deepStrictEqual([status, JSON.parse(text).status], [200, 'ok'])
  for (const [i, all] of (await Promise.all(sockets)).entries()) {
    assert.strictEqual(String(all.find(([op]) => op === 1)[1]), `hello ${i}`)
    assert.ok(all.find(([op]) => op === 2)[1].equals(big))
    assert.strictEqual(String(all.find(([op]) => op === 10)[1]), 'ping')
    assert.strictEqual(all.find(([op]) => op === 8)[1].readUInt16BE(0), 1000)
  }
  await socketIo()
  assert.strictEqual((await ask({ ':method': 'POST', ':path': '/nowhere' }, big))[0], 404)
  const [none] = await ask({ ':method': 'CONNECT', ':protocol': 'other', ':path': '/echo', 'sec-websocket-version': '13' })
    .catch(() => [501])
  assert.strictEqual(none, 501)
  console.log('done')
  client.close()
}

main().catch(error => { console.error(error); process.exit(1) })
