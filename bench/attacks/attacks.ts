import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { type Counted, count, post, rawRequest, type Target } from './post.ts'

/** What an attack may cost. */
export interface Bars {
  /** Growth of resident memory at its peak, MB. */
  readonly rssMb: number
  /** CPU of each request, seconds. */
  readonly cpuSecondsEach?: number
  /** Another sender's p99 during the attack, in times of that before. */
  readonly p99Ratio?: number
  /** Every connection of the attack is closed by the ingestor within, seconds. */
  readonly closedWithinSeconds?: number
}

export interface Attacked extends Counted {
  /** A sentence of an answer, where it matters. */
  readonly said?: string
  readonly closedAfterSeconds?: number
}

export interface Attack {
  readonly name: string
  readonly bars: Bars
  /** Answers that are right: no other may come. */
  readonly expected: RegExp
  run(target: Target): Promise<Attacked>
}

const mib = 1 << 20

/** About 1 MB that holds 1 GiB: a member of gzip again and again, as the format allows. @param pattern repeated over and over */
function bomb(pattern: string): Buffer {
  const member = gzipSync(Buffer.alloc(64 * mib, pattern), { level: 9 })
  return Buffer.concat(Array.from({ length: 16 }, () => member))
}

const bombs = (name: string, pattern: string, headers: Readonly<Record<string, string>>, expected: RegExp): Attack => ({
  name,
  bars: { rssMb: 64, cpuSecondsEach: 0.3, p99Ratio: 2 },
  expected,
  async run(target) {
    const body = bomb(pattern)
    const all = await Promise.all(
      Array.from({ length: 20 }, () => post(target, body, { 'Content-Encoding': 'gzip', ...headers })),
    )
    return { ...count(all), said: all[0]!.text.slice(0, 160) }
  },
})

/** @param total new series by one token; each request is waited for, by two senders */
export const newSeries = (total: number, linesPerRequest = 5_000): Attack => ({
  name: `${total.toLocaleString('en')} new series from one token`,
  bars: { rssMb: 32 },
  expected: /^(204|400|422)$/,
  async run(target) {
    const all: Awaited<ReturnType<typeof post>>[] = []
    let next = 0
    const sender = async (): Promise<void> => {
      while (next < total) {
        const from = next
        next += linesPerRequest
        let body = ''
        for (let i = from; i < next; i++)
          body += `burst,lot=L${i % 7},machine=M${i % 40},request=r${i} v=1 1700000000\n`
        const answer = await post(target, body, {}, 's')
        all.push({ ...answer, text: answer.text.slice(0, 2_000) })
      }
    }
    await Promise.all([sender(), sender()])
    const last = all.findLast(({ status }) => status >= 400)
    return { ...count(all), said: /the tag with the most values is [^:]*/.exec(last?.text ?? '')?.[0] ?? '' }
  },
})

/** @param head what each connection begins with; then comes a byte a second */
const slow = (name: string, head: (target: Target) => string, connections: number, withinSeconds: number): Attack => ({
  name: `${connections.toLocaleString('en')} connections, ${name}`,
  bars: { rssMb: 150, p99Ratio: 2, closedWithinSeconds: withinSeconds },
  expected: /^(400|408|503|closed)$/,
  async run(target) {
    const { hostname, port } = new URL(target.url)
    const open = new Set<Socket>()
    const answers: Record<string, number> = {}
    let longestMs = 0
    for (let i = 0; i < connections; i++) {
      const socket = connect(Number(port), hostname)
      const startedMs = performance.now()
      let text = ''
      open.add(socket)
      socket.on('connect', () => socket.write(head(target)))
      socket.on('data', (part: Buffer) => {
        text += part.toString('latin1')
      })
      socket.on('error', () => {})
      socket.on('close', () => {
        open.delete(socket)
        longestMs = Math.max(longestMs, performance.now() - startedMs)
        const status = /^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 'closed'
        answers[status] = (answers[status] ?? 0) + 1
      })
      if (i % 100 === 99) await sleep(20)
    }
    const giveUp = performance.now() + (withinSeconds + 15) * 1_000
    while (open.size > 0 && performance.now() < giveUp) {
      await sleep(1_000)
      for (const socket of open) if (socket.writable) socket.write('x')
    }
    if (open.size > 0) answers['still open'] = open.size
    for (const socket of open) socket.destroy()
    return { answers, requests: connections, answerBytesMax: 0, closedAfterSeconds: longestMs / 1_000 }
  },
})

const writeHead = (target: Target, more: string): string =>
  `POST /api/v2/write?org=bench&bucket=plant_raw HTTP/1.1\r\nHost: x\r\nAuthorization: Token ${target.token}\r\n${more}`

export const slowHeaders = (connections: number, withinSeconds = 30): Attack =>
  slow('headers a byte a second', (target) => writeHead(target, 'X-Slow: '), connections, withinSeconds)
export const slowBodies = (connections: number, withinSeconds = 30): Attack =>
  slow(
    'bodies a byte a second',
    (target) => writeHead(target, 'Content-Length: 100000\r\n\r\n'),
    connections,
    withinSeconds,
  )
export const silent = (connections: number, withinSeconds = 30): Attack =>
  slow('nothing said at all', () => '', connections, withinSeconds)

/** Requests that say one thing and do another, in turn, so many of each. */
export const lyingBodies = (times: number): Attack => ({
  name: `${times.toLocaleString('en')} of each: aborted, lying and broken bodies`,
  bars: { rssMb: 64 },
  expected: /^(400|413|closed)$/,
  async run(target) {
    const line = 'lie,machine=M1 v=1 1700000000000000000\n'
    const requests: readonly (readonly [what: string, bytes: string, answer: string])[] = [
      ['says more than it sends, and leaves', writeHead(target, `Content-Length: 1000\r\n\r\n${line}`), 'closed'],
      ['chunked, and broken off', writeHead(target, `Transfer-Encoding: chunked\r\n\r\n40\r\n${line}`), 'closed'],
      ['says less than it sends', writeHead(target, `Content-Length: 10\r\n\r\n${line}`), '400'],
      ['a chunk of no size', writeHead(target, `Transfer-Encoding: chunked\r\n\r\nxyz\r\n${line}`), '400'],
      // As smugglers like it.
      ['both lengths', writeHead(target, 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'), '400'],
      ['two lengths', writeHead(target, `Content-Length: 5\r\nContent-Length: 6\r\n\r\n${line}`), '400'],
      ['announces too much', writeHead(target, 'Content-Length: 99999999999\r\n\r\n'), '413'],
      [
        'gzip that is none',
        writeHead(target, `Content-Encoding: gzip\r\nContent-Length: ${line.length}\r\n\r\n${line}`),
        '400',
      ],
    ]
    const answers: Record<string, number> = {}
    let answerBytesMax = 0
    for (let i = 0; i < times; i += 20)
      await Promise.all(
        Array.from({ length: Math.min(20, times - i) }, async () => {
          for (const [what, bytes, right] of requests) {
            const answer = await rawRequest(target, bytes, right === 'closed' ? 20 : 10_000)
            const key = answer.status === right ? right : `${answer.status}: ${what}`
            answers[key] = (answers[key] ?? 0) + 1
            answerBytesMax = Math.max(answerBytesMax, answer.bytes)
          }
        }),
      )
    return { answers, requests: times * requests.length, answerBytesMax }
  },
})

const single = (name: string, rssMb: number, expected: RegExp, body: () => string | Buffer): Attack => ({
  name,
  bars: { rssMb },
  expected,
  async run(target) {
    const answer = await post(target, body())
    return { ...count([answer]), said: answer.text.slice(0, 200) }
  },
})

export const bombsWithToken = bombs('20 gzip bombs of 1 GiB', 'x', {}, /^413$/)
export const bombsOfLines = bombs('20 gzip bombs of short lines', 'a v=1 1\n', {}, /^413$/)
export const bombsWithoutToken: Attack = {
  ...bombs('20 gzip bombs without a token', 'x', { Authorization: 'Token wrong' }, /^(401|closed)$/),
  bars: { rssMb: 32, cpuSecondsEach: 0.02 },
}

/** Bodies that are odd, one request each. */
export const oddBodies: readonly Attack[] = [
  single('one line of 10 MB', 96, /^400$/, () => `long v="${'x'.repeat(10e6)}" 1\nodd v=1 1`.split('\nodd')[0]!),
  single('25 MB of line ends', 96, /^204$/, () => '\n'.repeat(25e6)),
  single('25 MB of lines of one letter', 256, /^400$/, () => 'a\n'.repeat(12.5e6)),
  single('25 MB of good and bad lines in turn', 256, /^422$/, () => 'm v=1\na\n'.repeat(3.1e6)),
  single('25 MB of short lines ended by CR LF', 256, /^204$/, () => 'm v=1\r\n'.repeat(3.5e6)),
  single(
    '64 KB of tags',
    32,
    /^400$/,
    () => `m,${Array.from({ length: 4_000 }, (_, i) => `tag${String(i).padStart(5, '0')}=value`).join(',')} v=1 1`,
  ),
  single('a key of 70 KB', 32, /^400$/, () => `m,a=${'x'.repeat(70_000)} v=1 1`),
  single('200,000 tags that no line had before', 128, /^(400|422)$/, () =>
    Array.from({ length: 200_000 }, (_, i) => `m,t${i}=x v=1 1`).join('\n'),
  ),
  single('1,000,000 fields that no line had before', 128, /^(400|422)$/, () =>
    Array.from(
      { length: 1_000 },
      (_, i) => `m ${Array.from({ length: 1_000 }, (__, j) => `f${i}_${j}=1`).join(',')} 1`,
    ).join('\n'),
  ),
]

/** What `npm run bench:attacks` measures. @param connections how many of the slow ones */
export const everyAttack = (connections: number): readonly Attack[] => [
  bombsWithToken,
  bombsOfLines,
  bombsWithoutToken,
  newSeries(1_000_000),
  slowHeaders(connections),
  slowBodies(connections),
  silent(connections),
  lyingBodies(1_000),
  ...oddBodies,
]
