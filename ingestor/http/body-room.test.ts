import { connect, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { defaultLimits, type Ingestor, startIngestor } from '../service.ts'

const bodyBytes = 1 << 20
let ingestor: Ingestor
let sockets: Socket[] = []
beforeEach(async () => {
  sockets = []
  ingestor = await startIngestor({
    host: '127.0.0.1',
    port: 0,
    dataDir: await temporaryFolder(),
    influx: { url: 'http://127.0.0.1:9', token: 'x', org: 'o', bucket: 'plant_raw' },
    operatorToken: 'operator',
    limits: { ...defaultLimits, reportEveryMs: 0, bodyBytesMax: 2 * bodyBytes, bodiesBytesMax: 4 * bodyBytes },
    segmentBytes: 4 << 20,
    log: () => {},
  })
})
afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  await ingestor.close()
})

const body = Buffer.alloc(bodyBytes, 'm v=1.25 1700000\n')
const path = '/api/v2/write?org=o&bucket=plant_raw'
const head = (how: string, to = path): string =>
  `POST ${to} HTTP/1.1\r\nHost: here\r\nAuthorization: Token operator\r\n${how}\r\n\r\n`

interface Sender {
  readonly socket: Socket
  /** All that came back so far. */
  readonly said: () => string
}
/** Sends this much, and waits with the rest. */
function begin(how: string, sent: Buffer, to?: string): Sender {
  const socket = connect(ingestor.port, '127.0.0.1')
  sockets.push(socket)
  let said = ''
  socket.on('data', (part) => {
    said += part.toString()
  })
  socket.on('error', () => {})
  socket.write(head(how, to))
  socket.write(sent)
  return { socket, said: () => said }
}
const until = async (done: () => boolean | Promise<boolean>): Promise<void> => {
  for (let waitedMs = 0; !(await done()); waitedMs += 10) {
    if (waitedMs > 10_000) throw new Error('did not come about within 10 s')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
const metric = async (name: string): Promise<number> => {
  const response = await fetch(`${ingestor.url}/metrics`, { headers: { Authorization: 'Token operator' } })
  return Number(new RegExp(`^plantwatch_ingestor_${name} (\\d+)$`, 'm').exec(await response.text())?.[1])
}
const small = async (): Promise<number> =>
  (await fetch(ingestor.url + path, { method: 'POST', body: 'm v=1 1', headers: { Authorization: 'Token operator' } }))
    .status

describe('bodies that come in slowly, many at once', () => {
  it('take no more memory together than they may: the others are told to come again, and small writes go through', async () => {
    const announced = `Content-Length: ${body.length}`
    const part = body.subarray(0, 300_000)
    const senders = Array.from({ length: 30 }, () => begin(announced, part))
    const refused = (): Sender[] => senders.filter(({ said }) => said().includes('503 Service Unavailable'))
    // Whoever has sent a quarter has the memory for all of it: four have.
    const left = (): number => senders.length - refused().length
    await until(async () => left() <= 4 && (await metric('bodies_bytes')) === left() * body.length)
    expect(left()).toBeGreaterThan(0)
    for (const { said } of refused()) {
      expect(said()).toMatch(/take the 4194304 bytes they may take together; nothing was acknowledged, send it again/)
      expect(said()).toContain('X-Platform-Error-Code: unavailable')
      expect(said()).not.toMatch(/Retry-After/i)
    }
    const count = refused().length
    expect([await metric('bodies_refused_total'), await metric('unavailable_total')]).toEqual([count, count])
    expect(await small()).toBe(204)
    const others = senders.filter((sender) => !refused().includes(sender))
    for (const { socket } of others.slice(1)) socket.write(body.subarray(part.length))
    others[0]!.socket.destroy()
    await until(() => others.slice(1).every(({ said }) => said().startsWith('HTTP/1.1 204')))
    await until(async () => (await metric('bodies_bytes')) === 0)
    const again = begin(announced, body)
    await until(() => again.said().startsWith('HTTP/1.1 204'))
  })

  it.each([
    [
      'in chunks',
      path,
      'Transfer-Encoding: chunked',
      (bytes: Buffer) => Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes]),
    ],
    ['as events', '/api/v1/events', `Content-Length: ${body.length}`, (bytes: Buffer) => bytes],
  ] as const)('%s are bounded in the same way', async (_, to, how, encoded) => {
    const part = encoded(body.subarray(0, 900_000))
    const senders = Array.from({ length: 12 }, () => begin(how, part, to))
    await until(() => senders.filter(({ said }) => said().includes('503 Service Unavailable')).length >= 8)
    expect(await metric('bodies_bytes')).toBeLessThanOrEqual(4 * bodyBytes)
    expect(await small()).toBe(204)
    for (const { socket } of senders) socket.destroy()
    await until(async () => (await metric('bodies_bytes')) === 0)
  })

  it('count while they wait to be inflated, and no longer, whether they are gzip or not', async () => {
    const send = (bytes: Uint8Array<ArrayBuffer>) =>
      fetch(ingestor.url + path, {
        method: 'POST',
        body: bytes,
        headers: { Authorization: 'Token operator', 'Content-Encoding': 'gzip' },
      })
    const packed = new Uint8Array(gzipSync('m v=1 1\n'.repeat(100_000), { level: 1 }))
    expect((await send(packed)).status).toBe(204)
    expect((await send(new Uint8Array(packed.slice(0, 1_000)))).status).toBe(400)
    expect((await send(new Uint8Array(200_000))).status).toBe(400)
    expect(await metric('bodies_bytes')).toBe(0)
  })
})
