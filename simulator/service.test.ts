import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { type Clock, systemClock } from '../lib/clock.ts'
import { defaultPlant } from '../lib/plant/default-plant.ts'
import { demoPlant } from './demo-plant.ts'
import { type SimulatorProgress, startSimulator } from './service.ts'

const hourMs = 3_600_000
const openServers: Server[] = []
afterEach(async () => {
  await Promise.all(
    openServers.splice(0).map(
      (server) =>
        new Promise((resolve) => {
          server.closeAllConnections()
          server.close(resolve)
        }),
    ),
  )
})

interface Recorder {
  readonly url: string
  /** Every point by measurement, tags and time: a point sent again is the same one. */
  readonly points: Map<string, string>
  readonly times: number[]
  writes: number
  /** Answers a write other than by storing it; null stores it. */
  refuse: (write: number) => { readonly status: number } | 'hang up' | null
  queries: number
  answersQueries: boolean
  /** Starts of the intervals that were posted, by machine. */
  readonly context: Map<string, Set<string>>
  /** Points that had been written when intervals came, one for each post. */
  readonly pointsAtPost: number[]
  /** Answers the context's addresses otherwise. */
  contextAnswer: { readonly status: number; readonly text: string } | null
}

const marksOf = (points: ReadonlyMap<string, string>): string =>
  [...points]
    .filter(([key]) => key.startsWith('simulator_progress'))
    .map(([key, fields], table) => {
      const [, run, ms] = /run=(\S+) (\d+)$/.exec(key)!
      return `,,${table},${new Date(Number(ms)).toISOString()},${fields.split('=')[1]},${run}\r\n`
    })
    .join('')

/** What the ingestor says of an interval that was posted, of those it has, and that nothing waits. */
function contextAnswer(recorder: Recorder, address: string, body: string): object {
  const { pathname, searchParams } = new URL(address, 'http://here')
  if (pathname === '/api/v1/context/audit') return { audit: [], waiting: 0, trouble: null, links: {} }
  if (pathname === '/api/v1/context/intervals') {
    const { intervals } = JSON.parse(body) as { intervals: { machine: string; from: string }[] }
    recorder.pointsAtPost.push(recorder.points.size)
    for (const { machine, from } of intervals)
      recorder.context.set(machine, (recorder.context.get(machine) ?? new Set()).add(from))
    return { intervals: intervals.length, machines: 1, changes: intervals.length }
  }
  const own = recorder.context.get(pathname.split('/').at(-1)!) ?? new Set()
  const from = Date.parse(searchParams.get('from')!)
  const intervals = [...own].filter((start) => Date.parse(start) >= from).map((start) => ({ from: start }))
  return { intervals, pieces: [], links: {} }
}

/** Takes line protocol and gives back the marks, as a server does that the simulator can be stopped and started before. */
async function recordingServer(): Promise<Recorder> {
  const recorder: Recorder = {
    url: '',
    points: new Map(),
    times: [],
    writes: 0,
    refuse: () => null,
    queries: 0,
    answersQueries: true,
    context: new Map(),
    pointsAtPost: [],
    contextAnswer: null,
  }
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    if (request.url!.startsWith('/api/v2/query')) {
      recorder.queries++
      if (!recorder.answersQueries)
        return void response.writeHead(404).end('{"code":"not found","message":"no such route"}')
      const head =
        '#datatype,string,long,dateTime:RFC3339,double,string\r\n#group,false,false,false,false,true\r\n#default,_result,,,,\r\n'
      return void response
        .writeHead(200, { 'content-type': 'text/csv' })
        .end(`${head},result,table,_time,_value,run\r\n${marksOf(recorder.points)}\r\n`)
    }
    if (request.url!.startsWith('/api/v1/context')) {
      const { status, text } = recorder.contextAnswer ?? {
        status: 200,
        text: JSON.stringify(contextAnswer(recorder, request.url!, Buffer.concat(parts).toString())),
      }
      return void response.writeHead(status).end(text)
    }
    const refusal = recorder.refuse(recorder.writes++)
    if (refusal === 'hang up') return void request.socket.destroy()
    if (refusal !== null) return void response.writeHead(refusal.status).end('{"code":"x","message":"because"}')
    expect(request.headers.authorization).toBe('Token secret')
    expect(request.url).toBe('/api/v2/write?org=plantwatch&bucket=plant_raw&precision=ms')
    for (const line of gunzipSync(Buffer.concat(parts)).toString().split('\n').slice(0, -1)) {
      const [series, fields, time] = line.split(' ')
      recorder.points.set(`${series} ${time}`, fields!)
      recorder.times.push(Number(time))
    }
    response.writeHead(204).end()
  })
  openServers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return Object.assign(recorder, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
}

/** A clock that can be set, whose pauses end at once when they are for trying again. */
const clockAt = (startMs: number): Clock & { nowMs: number } => {
  const clock = {
    nowMs: startMs,
    nowNs: () => BigInt(clock.nowMs) * 1_000_000n,
    monotonicMs: systemClock.monotonicMs,
    sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(Math.min(ms, 5), signal),
  }
  return clock
}

const startMs = Date.parse('2026-11-24T14:30:00Z')

/** Runs until the history is there, and longer when told. @returns the last progress */
async function run(
  recorder: Recorder,
  options: {
    clock?: Clock
    historyDays?: number
    until?: (progress: SimulatorProgress) => boolean | Promise<boolean>
  } = {},
): Promise<SimulatorProgress> {
  const stop = new AbortController()
  let last: SimulatorProgress | null = null
  const { until = ({ phase }) => phase === 'live' } = options
  await startSimulator({
    url: recorder.url,
    token: 'secret',
    org: 'plantwatch',
    bucket: 'plant_raw',
    plant: defaultPlant(),
    seed: 42,
    historyDays: options.historyDays ?? 0.5,
    liveEveryMs: 5_000,
    clock: options.clock ?? clockAt(startMs),
    signal: stop.signal,
    async onProgress(progress) {
      last = progress
      if (await until(progress)) stop.abort(new Error('enough'))
    },
  })
  return last!
}

const expected = (fromMs: number, toMs: number): Map<string, string> => {
  const points = new Map<string, string>()
  for (const { text } of demoPlant(defaultPlant(), 42).history(fromMs, toMs))
    for (const line of text.split('\n').slice(0, -1)) {
      const [series, fields, time] = line.split(' ')
      points.set(`${series} ${time}`, fields!)
    }
  return points
}
const readings = (recorder: Recorder): Map<string, string> =>
  new Map([...recorder.points].filter(([key]) => !key.startsWith('simulator_progress')))

const historyFromMs = Date.parse('2026-11-24T02:00:00Z')

describe('the simulator', () => {
  it('fills in the past, newest first, with live readings beside it, and tells how far it is', async () => {
    const recorder = await recordingServer()
    const told: SimulatorProgress[] = []
    const last = await run(recorder, {
      until: (progress) => {
        told.push(progress)
        return progress.phase === 'live'
      },
    })
    const stored = readings(recorder)
    for (const [key, fields] of expected(historyFromMs, startMs)) expect(stored.get(key)).toBe(fields)
    expect(last).toMatchObject({ phase: 'live', done: 7, total: 7 })
    expect(told[0]).toMatchObject({ phase: 'history', done: 0, total: 7 })
    const oldest = recorder.times.indexOf(historyFromMs)
    expect(recorder.times.indexOf(startMs - 60_000)).toBeLessThan(oldest)
    expect(recorder.times.includes(startMs)).toBe(true)
  })

  it('sends nothing of history again at a second start, but fills the pause', async () => {
    const recorder = await recordingServer()
    await run(recorder)
    const [writes, before] = [recorder.writes, readings(recorder)]
    const later = startMs + 5 * hourMs
    const again = await run(recorder, { clock: clockAt(later) })
    // The stretch that was going on at the first stop, two whole ones of the pause, and the one going on now.
    expect(again).toMatchObject({ done: 3, total: 3 })
    expect(recorder.writes - writes).toBeLessThan(writes)
    const after = readings(recorder)
    for (const [key, fields] of before) expect(after.get(key)).toBe(fields)
    for (const [key, fields] of expected(historyFromMs, later)) expect(after.get(key)).toBe(fields)
  })

  it('changes nothing when it runs twice', async () => {
    const recorder = await recordingServer()
    recorder.answersQueries = false
    await run(recorder)
    const once = new Map(recorder.points)
    expect(await run(recorder)).toMatchObject({ total: 7 })
    expect(new Map(recorder.points)).toEqual(once)
  })

  it('tries again where the server is full, slow or gone, and loses nothing', async () => {
    const recorder = await recordingServer()
    recorder.refuse = (write) =>
      write % 4 === 0 ? { status: 503 } : write % 4 === 1 ? 'hang up' : write % 4 === 2 ? { status: 500 } : null
    const messages: string[] = []
    await run(recorder, {
      until: ({ phase, message }) => {
        messages.push(message)
        return phase === 'live'
      },
    })
    const stored = readings(recorder)
    for (const [key, fields] of expected(historyFromMs, startMs)) expect(stored.get(key)).toBe(fields)
    expect(messages.some((message) => message.includes('not taking data (status 503)'))).toBe(true)
  })

  it.each([401, 404, 422])('ends with the server’s answer when it is refused with %i', async (status) => {
    const recorder = await recordingServer()
    recorder.refuse = () => ({ status })
    await expect(run(recorder)).rejects.toThrow(`status ${status}: {"code":"x","message":"because"}`)
  })

  it('goes on live without a gap, also over a pause of hours, and marks the stretches it passes', async () => {
    const recorder = await recordingServer()
    const clock = clockAt(startMs)
    await run(recorder, {
      clock,
      historyDays: 0,
      until: async ({ phase }) => {
        if (phase !== 'live') return false
        for (const ms of [startMs + 5_000, startMs + 60_000, startMs + 4 * hourMs]) {
          clock.nowMs = ms
          while (!recorder.times.includes(ms)) await systemClock.sleep(2)
        }
        return true
      },
    })
    const stored = readings(recorder)
    for (const [key, fields] of expected(Date.parse('2026-11-24T14:00:00Z'), startMs + 4 * hourMs))
      expect(stored.get(key)).toBe(fields)
    const marks = [...recorder.points.keys()].filter((key) => /^simulator_progress,run=[0-9a-f]{8} /.test(key))
    expect(marks.map((key) => new Date(Number(key.split(' ')[1])).toISOString())).toEqual([
      '2026-11-24T14:00:00.000Z',
      '2026-11-24T16:00:00.000Z',
    ])
  })

  it('says what runs before the first point, and nothing again at a second start', async () => {
    const recorder = await recordingServer()
    await run(recorder)
    expect(recorder.pointsAtPost[0]).toBe(0)
    const posts = recorder.pointsAtPost.length
    await run(recorder)
    expect(recorder.pointsAtPost.length).toBe(posts)
    recorder.answersQueries = false
    await run(recorder)
    expect(recorder.pointsAtPost.length).toBe(posts)
  })

  it('does not post again what somebody removed, but says all of it to an ingestor that was emptied', async () => {
    const recorder = await recordingServer()
    await run(recorder)
    const all = structuredClone(recorder.context)
    const own = recorder.context.get('press-1')!
    const removed = [...own][0]!
    own.delete(removed)
    await run(recorder)
    expect(own.has(removed)).toBe(false)
    recorder.context.clear()
    await run(recorder)
    expect(recorder.context).toEqual(all)
  })

  it.each([
    [401, '{"code":"unauthorized","message":"no"}', /takes the operator's token; this one may not: it answered 401/],
    [403, '{"code":"forbidden","message":"no"}', /takes the operator's token; this one may not: it answered 403/],
    [404, '{"code":"not found","message":"no"}', /has no \/api\/v1\/context.*give the address/],
    [200, '<!doctype html>', /has no \/api\/v1\/context.*give the address/],
    [400, '{"code":"invalid","message":"a"}', /refused what runs on the demo plant's machines: it answered 400/],
  ])('ends with what to do when the context is answered with %i', async (status, text, message) => {
    const recorder = await recordingServer()
    recorder.contextAnswer = { status, text }
    await expect(run(recorder)).rejects.toThrow(message)
    expect(recorder.points.size).toBe(0)
  })

  it('ends at once when it is aborted, also while nobody answers', async () => {
    const recorder = await recordingServer()
    recorder.refuse = () => 'hang up'
    const stop = new AbortController()
    const running = startSimulator({
      ...{ url: recorder.url, token: 'secret', org: 'o', bucket: 'b', plant: defaultPlant(), seed: 1 },
      historyDays: 14,
      liveEveryMs: 1_000,
      signal: stop.signal,
    })
    while (recorder.writes < 2) await systemClock.sleep(2)
    const before = performance.now()
    stop.abort(new Error('enough'))
    await running
    expect(performance.now() - before).toBeLessThan(1_000)
  })
})
