import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ApiError } from '../../lib/errors.ts'
import { endlessRoom } from '../../lib/http/body-room.ts'
import { type Listening, listen } from '../../lib/http/listen.ts'
import type { Exchange } from './exchange.ts'
import { WriteConnections } from './write-connections.ts'

const bodyBytesMax = 1 << 20
const head = (bodyBytes: number, more = ''): string =>
  `POST /api/v2/write?org=o&bucket=b HTTP/1.1\r\nHost: here\r\nAuthorization: Token t\r\n${more}Content-Length: ${bodyBytes}\r\n\r\n`
const post = (body: string, more = ''): string => head(Buffer.byteLength(body), more) + body

/** Takes what comes, and remembers it; `refuse` and `slow` in a body do as they say. */
class Taking {
  readonly bodies: string[] = []
  handle(exchange: Exchange): void {
    // As when somebody has to be asked first whether the bucket is there.
    if (exchange.idempotencyKey === 'ask first') setTimeout(() => this.#collect(exchange), 100)
    else this.#collect(exchange)
  }

  #collect(exchange: Exchange): void {
    exchange.collectBody(
      bodyBytesMax,
      (error, body) => {
        if (error !== null) {
          exchange.answer(error)
          return
        }
        const text = body.toString('latin1')
        this.bodies.push(text)
        const end = () => exchange.answer(text.includes('refuse') ? new ApiError('invalid', `not: ${text}`) : null)
        if (text.includes('slow')) setTimeout(end, 300)
        else setImmediate(end)
      },
      Buffer.alloc,
      endlessRoom,
    )
  }
}

describe('connections that carry writes', () => {
  const taking = new Taking()
  let listening: Listening
  const open = async (requestTimeoutMs = 0, keepAliveMs = 65_000): Promise<Listening> =>
    listen(
      (request, response) => {
        request.resume().on('end', () => response.end(`node: ${request.method} ${request.url}`))
      },
      {
        host: '127.0.0.1',
        port: 0,
        what: 'test',
        requestTimeoutMs,
        front: new WriteConnections({ requests: taking, requestTimeoutMs, keepAliveMs }),
      },
    )
  beforeAll(async () => {
    listening = await open()
  })
  afterAll(() => listening.close(100))

  /** A connection, and all it was told. */
  const dial = (to = listening) => {
    const socket = connect(to.port, '127.0.0.1')
    const told = { text: '', closed: false }
    socket.on('data', (part: Buffer) => {
      told.text += part.toString('latin1')
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      told.closed = true
    })
    return { socket, told }
  }
  const until = async (isSo: () => boolean, what: string, ms = 5_000): Promise<void> => {
    const giveUp = performance.now() + ms
    while (!isSo()) {
      if (performance.now() > giveUp) throw new Error(`not within ${ms} ms: ${what}`)
      await sleep(5)
    }
  }
  const statuses = (text: string): string[] => [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status!)
  const answered = async (socket: Socket, told: { text: string }, count: number): Promise<string[]> => {
    await until(() => statuses(told.text).length >= count, `${count} answers, got: ${told.text}`)
    socket.destroy()
    return statuses(told.text)
  }

  it('serves requests that come together one after the other, each answer in its place', async () => {
    const { socket, told } = dial()
    const before = taking.bodies.length
    const bodies = Array.from({ length: 300 }, (_, i) =>
      i % 7 === 3 ? `refuse ${i}` : i % 90 === 5 ? `slow ${i}` : `m v=${i}`,
    )
    socket.write(bodies.map((body) => post(body)).join(''))
    const expected = bodies.map((body) => (body.startsWith('refuse') ? '400' : '204'))
    expect(await answered(socket, told, 300)).toEqual(expected)
    expect(taking.bodies.slice(before)).toEqual(bodies)
    expect(told.text.indexOf('not: refuse 3"')).toBeLessThan(told.text.indexOf('not: refuse 10"'))
  }, 20_000)

  it('reads a request the same however it is cut into packets', async () => {
    const bodies = fc.array(fc.stringMatching(/^[ -~]{0,300}$/), { minLength: 1, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(bodies, fc.array(fc.nat(700), { maxLength: 6 }), async (texts, cuts) => {
        const bytes = texts.map((text) => post(text)).join('')
        const { socket, told } = dial()
        socket.setNoDelay(true)
        const before = taking.bodies.length
        let from = 0
        for (const cut of [...cuts].sort((a, b) => a - b)) {
          if (cut <= from || cut >= bytes.length) continue
          socket.write(bytes.slice(from, cut))
          from = cut
          await sleep(3)
        }
        socket.write(bytes.slice(from))
        const all = await answered(socket, told, texts.length)
        // A head in several packets, too.
        expect(taking.bodies.slice(before)).toEqual(texts)
        expect(all).toEqual(texts.map((text) => (text.includes('refuse') ? '400' : '204')))
      }),
      { numRuns: 60 },
    )
  }, 60_000)

  it('takes a large body in many parts, and what comes behind it', async () => {
    const { socket, told } = dial()
    const large = Array.from({ length: 40_000 }, (_, i) => `line ${i}`).join('\n')
    const before = taking.bodies.length
    socket.write(post(large) + post('small'))
    expect(await answered(socket, told, 2)).toEqual(['204', '204'])
    expect(taking.bodies.slice(before)).toEqual([large, 'small'])
  })

  it('serves one request after the other that it has to wait with, whatever comes meanwhile', async () => {
    const before = taking.bodies.length
    const bodies = [100, 70_000, 300_000, 3].map((length) => 'x'.repeat(length))
    const { socket, told } = dial()
    for (const [i, body] of bodies.entries()) {
      socket.write(post(body, 'Idempotency-Key: ask first\r\n'))
      await until(() => statuses(told.text).length === i + 1, `answer ${i + 1}`)
    }
    socket.write(bodies.map((body) => post(body, 'Idempotency-Key: ask first\r\n')).join(''))
    expect(await answered(socket, told, 8)).toEqual(Array.from({ length: 8 }, () => '204'))
    expect(taking.bodies.slice(before)).toEqual([...bodies, ...bodies])
  })

  it.each([
    ['another address', 'GET /health HTTP/1.1\r\nHost: here\r\n\r\n', '200'],
    [
      'a chunked body',
      `POST /write HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`,
      '200',
    ],
    ['a body without a length', 'POST /write HTTP/1.1\r\nHost: here\r\n\r\n', '200'],
    ['HTTP/1.0', 'POST /write HTTP/1.0\r\nContent-Length: 1\r\n\r\nx', '200'],
    ['a wish to close', `POST /write HTTP/1.1\r\nHost: here\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx`, '200'],
    ['a question whether to go on', post('x', 'Expect: 100-continue\r\n'), '100'],
    ['no host', 'POST /write HTTP/1.1\r\nContent-Length: 1\r\n\r\nx', '400'],
    ['two lengths', post('xx', 'Content-Length: 1\r\n'), '400'],
    ['a length and chunks', post('0\r\n\r\n', 'Transfer-Encoding: chunked\r\n'), '400'],
    ['a signed length', 'POST /write HTTP/1.1\r\nHost: here\r\nContent-Length: +1\r\n\r\nx', '400'],
    ['a blank before the colon', 'POST /write HTTP/1.1\r\nHost: here\r\nContent-Length : 1\r\n\r\nx', '400'],
    ['nonsense', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n', '400'],
  ])('leaves %s to Node, also behind writes of its own', async (_, bytes, status) => {
    const { socket, told } = dial()
    socket.write(bytes, 'latin1')
    expect((await answered(socket, told, 1))[0]).toBe(status)
    const later = dial()
    later.socket.write(post('a'))
    await until(() => statuses(later.told.text).length === 1, 'the write before it')
    later.socket.write(post('b') + bytes, 'latin1')
    expect((await answered(later.socket, later.told, 3)).slice(0, 3)).toEqual(['204', '204', status])
  })

  it.each([
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc'],
    ['small letters', 'get / HTTP/1.1'],
    ['a request line that is none, as soon as it has ended', 'POST /write HTTP/9.9\r\nHost'],
    ['lines that end by a line feed alone', 'POST /write HTTP/1.1\nHost: here\nContent-Length: 1\n\nx'],
    ['a header that is none, as soon as it has ended', 'POST /write HTTP/1.1\r\nHost : here\r\nConte'],
  ])('answers 400 at once to what is no HTTP: %s', async (_, bytes) => {
    const { socket, told } = dial()
    socket.write(bytes, 'latin1')
    await until(() => told.closed, 'closed', 1_500)
    expect(statuses(told.text)).toEqual(['400'])
  })

  it('ends a head that stops half-way: 408 in time, 400 where its sender says no more', async () => {
    const strict = await open(2_000)
    const slow = dial(strict)
    const startedMs = performance.now()
    const dribble = setInterval(() => slow.socket.write('P'), 100)
    slow.socket.write('POST /write?db=')
    const gone = dial(strict)
    gone.socket.end('POST /write HTTP/1.1\r\nHost: he')
    await until(() => slow.told.closed && gone.told.closed, 'both closed', 6_000)
    clearInterval(dribble)
    expect([statuses(slow.told.text), statuses(gone.told.text)]).toEqual([['408'], ['400']])
    expect(performance.now() - startedMs).toBeLessThan(3_000)
    await strict.close(100)
  }, 20_000)

  it('answers a sender that will say no more, then closes', async () => {
    const whole = dial()
    whole.socket.end(post('slow: all of it'))
    await until(() => whole.told.closed, 'closed')
    expect(whole.told.text).toMatch(/^HTTP\/1\.1 204[\s\S]*Connection: close/)
    const many = dial()
    many.socket.end(post('slow: one') + post('two') + post('three') + head(3))
    await until(() => many.told.closed, 'closed')
    expect(statuses(many.told.text)).toEqual(['204', '204', '204', '400'])
    const odd = dial()
    odd.socket.end(`${post('one')}GET /health HTTP/1.1\r\n`)
    await until(() => odd.told.closed, 'closed')
    expect(statuses(odd.told.text)).toEqual(['204', '400'])
    const short = dial()
    short.socket.end(`${head(100)}too little`)
    await until(() => short.told.closed, 'closed')
    expect(short.told.text).toMatch(/^HTTP\/1\.1 400[\s\S]*Connection: close[\s\S]*unexpected EOF/)
  })

  it('tells a sender of too much while it still sends', async () => {
    const { socket, told } = dial()
    socket.write(head(bodyBytesMax + 1))
    for (let i = 0; i < 16; i++) socket.write('x'.repeat(64 << 10))
    await until(() => told.closed, 'closed')
    expect(told.text).toMatch(/^HTTP\/1\.1 413[\s\S]*Connection: close/)
  })

  it('does not read on from a sender that does not read its answers, and loses none', async () => {
    const { socket, told } = dial()
    socket.pause()
    const many = 60_000
    const before = taking.bodies.length
    const request = post('x')
    for (let i = 0; i < many; i += 100) socket.write(request.repeat(100))
    let last = -1
    for (let count = taking.bodies.length; count !== last; count = taking.bodies.length) {
      last = count
      await sleep(300)
    }
    expect(last - before).toBeLessThan(many)
    socket.resume()
    await until(() => statuses(told.text).length === many, 'all answers', 30_000)
    socket.destroy()
    expect(taking.bodies.length - before).toBe(many)
  }, 60_000)

  it('closes what dawdles: 408 for half a request or none, nothing for one that asked before', async () => {
    const strict = await open(2_000, 1_500)
    const half = dial(strict)
    half.socket.write(`${head(100)}half`)
    const silent = dial(strict)
    const asked = dial(strict)
    asked.socket.write(post('x'))
    const startedMs = performance.now()
    await until(() => half.told.closed && silent.told.closed && asked.told.closed, 'all closed', 6_000)
    expect(performance.now() - startedMs).toBeGreaterThan(900)
    expect(statuses(half.told.text)).toEqual(['408'])
    expect(statuses(silent.told.text)).toEqual(['408'])
    expect(statuses(asked.told.text)).toEqual(['204'])
    await strict.close(100)
  }, 20_000)

  it('gives a request its time also where that is short', async () => {
    const hasty = await open(900)
    for (let i = 0; i < 5; i++) {
      const { socket, told } = dial(hasty)
      socket.write(`${head(8)}half`)
      await sleep(300)
      socket.write('half')
      expect(await answered(socket, told, 1)).toEqual(['204'])
    }
    await hasty.close(100)
  }, 20_000)

  it('lets a request end when it is closed, and says that the connection ends with it', async () => {
    const closing = await open()
    const busy = dial(closing)
    const idle = dial(closing)
    idle.socket.write(post('x'))
    busy.socket.write(post('slow'))
    await until(() => statuses(idle.told.text).length === 1, 'served')
    await closing.close(2_000)
    await until(() => busy.told.closed && idle.told.closed, 'closed')
    expect(busy.told.text).toMatch(/^HTTP\/1\.1 204[\s\S]*Connection: close/)
  })
})
