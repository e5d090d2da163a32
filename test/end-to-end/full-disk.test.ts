import { spawnSync } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDiskFolder } from '../../ingestor/log/disk.ts'
import type { LogFolder } from '../../ingestor/log/files.ts'
import { defaultLimits, type Ingestor, type IngestorOptions, startIngestor } from '../../ingestor/service.ts'
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts'
import { makeTemporaryFolder, removeFolder } from '../support/temporary-folder.ts'

let folder: string
let store: FaultProxy
let storeIsUp: boolean
let ingestor: Ingestor
beforeEach(async () => {
  folder = await makeTemporaryFolder()
  storeIsUp = true
  arrived = new Set()
  looked = 0
  store = await startFaultProxy('http://127.0.0.1:9')
  store.decide = () => (storeIsUp ? { kind: 'answer', status: 204 } : { kind: 'reset' })
})
afterEach(async () => {
  await ingestor?.close()
  await store.close()
  if (isMounted) spawnSync('umount', ['-l', folder])
  isMounted = false
  await removeFolder(folder)
})

const start = async (options: Partial<IngestorOptions> = {}): Promise<void> => {
  ingestor = await startIngestor({
    host: '127.0.0.1',
    port: 0,
    dataDir: join(folder, 'ingestor'),
    influx: { url: store.url, token: 'x', org: 'o', bucket: 'plant_raw' },
    operatorToken: 'operator',
    limits: { ...defaultLimits, reportEveryMs: 0 },
    segmentBytes: 1 << 20,
    lateMarksEveryMs: 3_600_000,
    log: () => {},
    ...options,
  })
}
let isMounted = false
const mounted = (): boolean => {
  isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', folder]).status === 0
  return isMounted
}
const canMount = ((): boolean => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  const place = spawnSync('mktemp', ['-d']).stdout.toString().trim()
  const done = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', place]).status === 0
  if (done) spawnSync('umount', [place])
  spawnSync('rmdir', [place])
  return done
})()

interface Sent {
  readonly acknowledged: Set<string>
  readonly refused: Set<string>
  readonly answers: Set<string>
}
/** Sends batches of lines that are all different until told to stop. */
function load(): Sent & { stop(): Promise<void>; readonly lastAcceptedMs: () => number } {
  const sent: Sent = { acknowledged: new Set(), refused: new Set(), answers: new Set() }
  let ending = false
  let next = 0
  let lastAcceptedMs = 0
  const sender = async (): Promise<void> => {
    while (!ending) {
      const ids = Array.from({ length: 100 }, () => `id${next++}`)
      const body = ids.map((id) => `m id="${id}",pad="${'x'.repeat(300)}" ${id.slice(2)}`).join('\n')
      const response = await fetch(`${ingestor.url}/api/v2/write?org=o&bucket=plant_raw`, {
        method: 'POST',
        body,
        headers: { Authorization: 'Token operator' },
      })
      await response.arrayBuffer()
      sent.answers.add(`${response.status} ${response.headers.get('Retry-After')}`)
      for (const id of ids) (response.status === 204 ? sent.acknowledged : sent.refused).add(id)
      if (response.status === 204) lastAcceptedMs = performance.now()
      else await sleep(20)
    }
  }
  const running = Promise.all(Array.from({ length: 4 }, sender))
  return {
    ...sent,
    lastAcceptedMs: () => lastAcceptedMs,
    async stop() {
      ending = true
      await running
    },
  }
}
const until = async (done: () => boolean | Promise<boolean>, ms = 15_000): Promise<void> => {
  const giveUp = performance.now() + ms
  while (!(await done())) {
    if (performance.now() > giveUp) throw new Error(`did not come about within ${ms} ms`)
    await sleep(10)
  }
}
const ready = async (): Promise<{ status: number; message: string }> => {
  const response = await fetch(`${ingestor.url}/ready`)
  return { status: response.status, message: ((await response.json()) as { message?: string }).message ?? '' }
}
/** Ids that came to the store: each request is looked at once. */
let arrived = new Set<string>()
let looked = 0
function look(): void {
  for (const { path, body } of store.seen.slice(looked)) {
    looked++
    if (!path.startsWith('/api/v2/write')) continue
    for (const match of gunzipSync(body)
      .toString()
      .matchAll(/id="(id\d+)"/g))
      arrived.add(match[1]!)
  }
}
const expectExactly = async ({ acknowledged, refused }: Sent): Promise<void> => {
  let missing = [...acknowledged]
  // Delivery waits up to 30 s before it tries a store again that was long away.
  const giveUp = performance.now() + 40_000
  for (; missing.length > 0 && performance.now() < giveUp; await sleep(20)) {
    look()
    missing = missing.filter((id) => !arrived.has(id))
  }
  expect(missing).toEqual([])
  expect([...refused].filter((id) => arrived.has(id))).toEqual([])
}

describe.skipIf(!canMount)('a full disk (needs root, for a small tmpfs)', () => {
  it('is 503 without Retry-After, kills nothing, is told by /ready, and is over within 2 s of there being room', async () => {
    expect(mounted()).toBe(true)
    await start()
    storeIsUp = false
    const filler = join(folder, 'filler')
    await writeFile(filler, Buffer.alloc(20 << 20))
    const sending = load()
    await until(() => sending.refused.size > 1_000)
    const full = await ready()
    expect([full.status, full.message]).toEqual([503, expect.stringMatching(/ENOSPC/)])
    const freedMs = performance.now()
    await rm(filler)
    await until(() => sending.lastAcceptedMs() > freedMs, 2_000)
    expect((await ready()).status).toBe(200)
    storeIsUp = true
    await sending.stop()
    expect([...sending.answers].sort()).toEqual(['204 null', '503 null'])
    await expectExactly(sending)
  }, 90_000)
})

describe('a disk whose syncs fail', () => {
  /** Fails every synced write of the log while told to, some of them after the bytes went through. */
  const faulty = (inner: LogFolder, isFailing: () => boolean): LogFolder => ({
    ...inner,
    async open(name, create) {
      const file = await inner.open(name, create)
      return {
        writeSynced: async (parts, position) => {
          await file.writeSynced(parts, position)
          if (isFailing()) throw Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO' })
        },
        write: (bytes, position) => file.write(bytes, position),
        sync: () => file.sync(),
        read: (into, position) => file.read(into, position),
        size: () => file.size(),
        close: () => file.close(),
      }
    },
  })

  it('acknowledges nothing then, says so by /ready, goes on in a new segment, and never shows a refused line, also after a restart', async () => {
    let failing = false
    const options = {
      folders: async (name: string) => {
        const disk = await openDiskFolder(join(folder, 'ingestor', name))
        return name === 'log' ? faulty(disk, () => failing) : disk
      },
    }
    await start(options)
    storeIsUp = false
    const sending = load()
    await until(() => sending.acknowledged.size > 300)
    failing = true
    await until(() => sending.refused.size > 400)
    const then = await ready()
    expect([then.status, then.message]).toEqual([503, expect.stringMatching(/EIO/)])
    const before = sending.acknowledged.size
    await sleep(200)
    expect(sending.acknowledged.size).toBe(before)
    failing = false
    const mendedMs = performance.now()
    await until(() => sending.lastAcceptedMs() > mendedMs, 2_000)
    await sending.stop()
    expect([...sending.answers].sort()).toEqual(['204 null', '503 null'])
    await ingestor.close()
    storeIsUp = true
    await start(options)
    await expectExactly(sending)
  }, 90_000)
})
