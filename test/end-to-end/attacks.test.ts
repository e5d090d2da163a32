import { readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type Attack,
  bombsWithoutToken,
  bombsWithToken,
  lyingBodies,
  newSeries,
  oddBodies,
  silent,
  slowBodies,
  slowHeaders,
} from '../../bench/attacks/attacks.ts'
import { measure } from '../../bench/attacks/measure.ts'
import { type StartedService, startService } from '../support/service.ts'
import { makeTemporaryFolder, removeFolder } from '../support/temporary-folder.ts'

/** What a process has open (Linux), once it is as wished or five seconds are over. */
async function openHandles(
  pid: number,
  isAsWished: (open: { readonly all: number; readonly sockets: number }) => boolean,
): Promise<{ readonly all: number; readonly sockets: number }> {
  for (let waitedMs = 0; ; waitedMs += 50) {
    const names = await readdir(`/proc/${pid}/fd`)
    const targets = await Promise.all(names.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => null)))
    const there = targets.filter((one) => one !== null)
    const open = { all: there.length, sockets: there.filter((one) => one.startsWith('socket:')).length }
    if (isAsWished(open) || waitedMs > 5_000) return open
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Short forms; `npm run bench:attacks` has the full ones, and what another sender notices of them. */
describe.skipIf(process.platform !== 'linux')('an ingestor under attack', () => {
  let ingestor: StartedService
  let folder: string
  const token = 'attacked-operator-token'
  beforeAll(async () => {
    folder = await makeTemporaryFolder()
    const words = ['ingestor', '--port', '0', '--data', join(folder, 'data'), '--request-timeout-ms', '4000']
    const limits = ['--series-per-token-max', '20000', '--connections-max', '200', '--report-every-ms', '0']
    ingestor = await startService([...words, ...limits], {
      INFLUX_URL: 'http://127.0.0.1:9',
      INFLUX_TOKEN: 'none',
      INFLUX_ORG: 'bench',
      PLANTWATCH_TOKEN: token,
    })
  }, 60_000)
  afterAll(async () => {
    await ingestor?.end('SIGKILL')
    await removeFolder(folder)
  })

  const target = () => ({ url: ingestor.line.ingestor!.url, token, pid: ingestor.process.pid! })
  /** @returns its answers, all of which are right ones */
  const attacked = async ({ run, expected }: Attack) => {
    const result = await run(target())
    expect(Object.keys(result.answers).filter((answer) => !expected.test(answer))).toEqual([])
    return result
  }
  const odd = (name: string): Attack => oddBodies.find((attack) => attack.name === name)!

  it.each([
    'one line of 10 MB',
    '25 MB of lines of one letter',
    '25 MB of good and bad lines in turn',
    '64 KB of tags',
    'a key of 70 KB',
  ])('survives %s', async (name) => {
    expect((await attacked(odd(name))).requests).toBe(1)
  })

  it('answers bombs shortly with 413, and inflates none without a token', async () => {
    const bombs = await measure(target(), bombsWithToken, { calmMs: 200, warmUpRequests: 8 })
    expect(bombs.answers).toEqual({ 413: 20 })
    expect(bombs.answerBytesMax).toBeLessThan(500)
    expect(bombs.cpuSecondsEach).toBeLessThan(0.3)
    expect(bombs.rssMb).toBeLessThan(160)
    expect(bombs.neighbourRefused).toBe(0)
    await attacked(bombsWithoutToken)
  }, 60_000)

  it('answers aborted, lying and broken bodies with 4xx, hundreds of times, and leaves no file or socket open', async () => {
    const { pid } = target()
    // What the first of them opens for good: a log segment, a thread's pipe.
    await attacked(lyingBodies(20))
    const before = await openHandles(pid, () => true)
    expect((await attacked(lyingBodies(60))).answers).toEqual({ 400: 300, 413: 60, closed: 120 })
    // A connection that was broken off is closed a moment later.
    const after = await openHandles(pid, ({ all, sockets }) => all <= before.all && sockets <= before.sockets)
    expect(after.sockets).toBeLessThanOrEqual(before.sockets)
    expect(after.all).toBeLessThanOrEqual(before.all)
  }, 30_000)

  it('closes connections that dawdle in time, and answers 503 where there are too many', async () => {
    const dawdled = await Promise.all([attacked(slowHeaders(80, 4)), attacked(slowBodies(80, 4))])
    for (const { answers, closedAfterSeconds } of dawdled) {
      expect(answers).toEqual({ 408: 80 })
      expect(closedAfterSeconds).toBeLessThan(6)
    }
    const { answers } = await silent(400, 4).run(target())
    expect(answers['503']).toBeGreaterThan(150)
    expect(answers['still open']).toBeUndefined()
  }, 60_000)

  it('refuses new series beyond the budget and names the tag', async () => {
    const { answers, said } = await attacked(newSeries(40_000))
    expect(answers['400']).toBeGreaterThan(1)
    expect(said).toContain('the tag with the most values is \\"request\\"')
  }, 30_000)
})
