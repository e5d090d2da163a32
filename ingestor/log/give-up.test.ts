import { describe, expect, it } from 'vitest'
import { randomFrom, SimulatedDisk } from '../../test/support/simulated-disk.ts'
import type { LogFile, LogFolder } from './files.ts'
import type { Content, GiveUp, Lost } from './give-up.ts'
import { DurableLog } from './log.ts'
import { defaultLogOptions, type LogOptions } from './log-options.ts'

const small: LogOptions = { ...defaultLogOptions, segmentBytes: 8192, quotaBytes: 5 * 8192, sparesMax: 2, retryMs: 1 }

/** Records are texts that begin with their bucket; those of `cheap` may go. */
class Policy implements GiveUp {
  readonly lost: Lost[] = []
  done = 0
  constructor(readonly cheap = /^cheap/) {}
  contentOf(head: Uint8Array): Content {
    return { bucket: Buffer.from(head).toString().split(' ')[0]!, lines: 1 }
  }
  mayGo(bucket: string): boolean {
    return this.cheap.test(bucket)
  }
  doneUpTo(): number {
    return this.done
  }
  isUntouched(firstSequence: number): boolean {
    return firstSequence > this.done
  }
  tell(lost: readonly Lost[]): void {
    this.lost.push(...lost)
  }
  get records(): number {
    return this.lost.reduce((sum, { records }) => sum + records, 0)
  }
  isLost(sequence: number): boolean {
    return this.lost.some(({ firstSequence, lastSequence }) => firstSequence <= sequence && sequence <= lastSequence)
  }
}

const append = (log: DurableLog, text: string): Promise<number> =>
  new Promise((resolve, reject) =>
    log.append([Buffer.from(text)], (error, sequence) => (error === null ? resolve(sequence) : reject(error))),
  )

interface Seen {
  readonly sequence: number
  readonly text: string
}
async function readAll(log: DurableLog): Promise<Seen[]> {
  const seen: Seen[] = []
  let sequence = log.firstSequence
  let hint: { segment: number; offset: number } | undefined
  for (;;) {
    const { records, next } = await log.read(sequence, 1000, hint)
    if (records.length === 0) return seen
    for (const record of records) seen.push({ sequence: record.sequence, text: record.payload.toString() })
    sequence = records.at(-1)!.sequence + 1
    hint = next
  }
}
const textsOf = (seen: readonly Seen[]): string[] => seen.map(({ text }) => text)

/** Appends one record after the other until one is refused, or there were so many. */
async function fill(log: DurableLog, count: number, textOf: (i: number) => string): Promise<string[]> {
  const accepted: string[] = []
  for (let i = 0; i < count; i++) {
    try {
      await append(log, textOf(i))
      accepted.push(textOf(i))
    } catch {
      break
    }
  }
  return accepted
}
const padded = (text: string, bytes = 200): string => `${text} ${'x'.repeat(bytes)}`

describe('a log at its quota that may give up records of some buckets', () => {
  it('refuses none where all may go, though it holds two segments alone and the disk is slow', async () => {
    const disk = new SimulatedDisk(5).folder()
    const slow: LogFolder = {
      ...disk,
      open: async (name, create) => {
        const file = await disk.open(name, create)
        const writeSynced: LogFile['writeSynced'] = async (parts, position) => {
          await new Promise((resolve) => setTimeout(resolve, 15))
          return file.writeSynced(parts, position)
        }
        return { ...file, writeSynced }
      },
    }
    const log = await DurableLog.open(slow, { ...small, quotaBytes: 2 * 8192, giveUp: new Policy() })
    for (let from = 0; from < 300; from += 20) {
      const kept = Array.from({ length: 20 }, (_, i) => append(log, padded(`cheap ${from + i}`)))
      expect(new Set(await Promise.all(kept)).size).toBe(20)
    }
    await log.close()
  })

  it('keeps every record of the others in its order, tells what went, and refuses only when nothing more may go', async () => {
    const disk = new SimulatedDisk(1)
    const policy = new Policy()
    let log = await DurableLog.open(disk.folder(), { ...small, giveUp: policy })
    const accepted = await fill(log, 2000, (i) => padded(`${i % 3 === 0 ? 'dear' : 'cheap'} ${i}`))
    expect(log.obstacle).toMatchObject({
      kind: 'quota',
      message: expect.stringMatching(/nothing in it may be given up/),
    })
    expect(log.segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)).toBeLessThanOrEqual(small.quotaBytes)
    const dear = accepted.filter((text) => text.startsWith('dear'))
    // Without the policy there is room for half as many records, of all buckets together.
    expect(dear.length).toBeGreaterThan(120)
    const check = async (): Promise<void> => {
      const seen = await readAll(log)
      expect(textsOf(seen).filter((text) => text.startsWith('dear'))).toEqual(dear)
      expect(seen.map(({ sequence }) => sequence)).toEqual([...seen].map((s) => s.sequence).sort((a, b) => a - b))
      expect(policy.records + seen.length).toBe(accepted.length)
      expect(seen.filter(({ sequence, text }) => text.startsWith('cheap') && policy.isLost(sequence))).toEqual([])
    }
    await check()
    expect(policy.lost.every(({ bucket }) => bucket === 'cheap')).toBe(true)
    disk.crash()
    log = await DurableLog.open(disk.restart(), { ...small, giveUp: policy })
    expect(log.recovery).toMatchObject({ missingRecords: 0, damagedStretches: 0 })
    await check()
    await log.release(log.durableSequence)
    const next = log.durableSequence + 1
    expect((await fill(log, 1, () => 'dear again')).length).toBe(1)
    expect(await readAll(log)).toContainEqual({ sequence: next, text: 'dear again' })
  })

  it('never refuses where all may go, and needs no file for what is left of them', async () => {
    const policy = new Policy()
    const disk = new SimulatedDisk(2)
    const log = await DurableLog.open(disk.folder(), { ...small, giveUp: policy })
    expect((await fill(log, 800, (i) => padded(`cheap ${i}`))).length).toBe(800)
    expect(log.segments.every(({ rewritten }) => rewritten === null)).toBe(true)
    const seen = await readAll(log)
    expect(seen[0]!.sequence).toBe(policy.records + 1)
    expect(seen.length + policy.records).toBe(800)
  })

  it('gives up a segment of nothing but such records without reading it, and tells how many there were by bucket', async () => {
    const policy = new Policy(/^(cheap|poor)/)
    let read = 0
    const disk = new SimulatedDisk(8).folder()
    const counting: LogFolder = {
      ...disk,
      open: async (name, create) => {
        const file = await disk.open(name, create)
        const readOn: LogFile['read'] = (into, position) => {
          read++
          return file.read(into, position)
        }
        return Object.assign(Object.create(file) as LogFile, { read: readOn })
      },
    }
    const log = await DurableLog.open(counting, { ...small, giveUp: policy })
    read = 0
    expect((await fill(log, 800, (i) => padded(`${i % 4 === 0 ? 'poor' : 'cheap'} ${i}`))).length).toBe(800)
    expect(read).toBe(0)
    const left = await readAll(log)
    expect(read).toBeGreaterThan(0)
    const recordsOf = (bucket: string): number =>
      policy.lost.filter((one) => one.bucket === bucket).reduce((sum, { records }) => sum + records, 0)
    expect(recordsOf('poor') + textsOf(left).filter((text) => text.startsWith('poor')).length).toBe(200)
    expect(recordsOf('cheap') + textsOf(left).filter((text) => text.startsWith('cheap')).length).toBe(600)
  })

  it('has no more files than it had, however little is kept of each segment', async () => {
    const policy = new Policy()
    const log = await DurableLog.open(new SimulatedDisk(3).folder(), { ...small, giveUp: policy })
    const accepted = await fill(log, 3000, (i) => padded(`${i % 50 === 0 ? 'dear' : 'cheap'} ${i}`))
    expect(accepted.length).toBe(3000)
    expect(log.segments.length).toBeLessThan(8)
    expect(textsOf(await readAll(log)).filter((text) => text.startsWith('dear')).length).toBe(60)
  })

  it('leaves out what was delivered already, and does not call it lost', async () => {
    const policy = new Policy()
    const log = await DurableLog.open(new SimulatedDisk(4).folder(), { ...small, giveUp: policy })
    await fill(log, 60, (i) => padded(`${i % 2 === 0 ? 'dear' : 'cheap'} ${i}`))
    policy.done = 20
    await fill(log, 120, (i) => padded(`cheap ${i + 60}`))
    const seen = await readAll(log)
    expect(seen[0]).toMatchObject({ sequence: 21, text: expect.stringMatching(/^dear 20/) })
    expect(policy.lost.length).toBeGreaterThan(10)
    expect(policy.lost.every(({ firstSequence }) => firstSequence > 20)).toBe(true)
  })

  it('keeps the word that a refused record is void, also when that word lies in a segment that is given up', async () => {
    const faults = { syncError: 0, capacityBytes: Number.POSITIVE_INFINITY }
    const disk = new SimulatedDisk(5, faults)
    let log = await DurableLog.open(disk.folder(), { ...small, giveUp: new Policy() })
    await fill(log, 10, (i) => padded(`dear ${i}`))
    faults.syncError = 1
    await expect(append(log, padded('dear refused'))).rejects.toThrow(/EIO/)
    faults.syncError = 0
    while (log.segments.length < 2) await new Promise((resolve) => setTimeout(resolve, 1))
    expect((await fill(log, 200, (i) => padded(`cheap ${i}`))).length).toBe(200)
    expect(log.segments.some(({ rewritten }) => rewritten !== null)).toBe(true)
    disk.crash()
    log = await DurableLog.open(disk.restart(), { ...small, giveUp: new Policy() })
    const dear = textsOf(await readAll(log)).filter((text) => text.startsWith('dear'))
    expect(dear).toEqual(Array.from({ length: 10 }, (_, i) => padded(`dear ${i}`)))
    expect(log.recovery.missingRecords).toBe(0)
  })

  it('gives up more after a start with other buckets, and what was rewritten once is rewritten again', async () => {
    const disk = new SimulatedDisk(6)
    let log = await DurableLog.open(disk.folder(), { ...small, giveUp: new Policy() })
    const words = ['dear', 'cheap', 'middling']
    await fill(log, 2000, (i) => padded(`${words[i % 3]} ${i}`))
    const dear = textsOf(await readAll(log)).filter((text) => text.startsWith('dear'))
    disk.crash()
    const policy = new Policy(/^(cheap|middling)/)
    log = await DurableLog.open(disk.restart(), { ...small, giveUp: policy })
    const more: string[] = []
    for (let tries = 0; more.length < 40 && tries < 500; tries++) {
      const text = padded(`dear later ${more.length}`)
      await append(log, text).then(
        () => more.push(text),
        () => new Promise((resolve) => setTimeout(resolve, 1)),
      )
    }
    expect(more.length).toBe(40)
    expect(policy.lost.some(({ bucket }) => bucket === 'middling')).toBe(true)
    disk.crash()
    log = await DurableLog.open(disk.restart(), small)
    expect(textsOf(await readAll(log)).filter((text) => text.startsWith('dear'))).toEqual([...dear, ...more])
    expect(log.recovery.missingRecords).toBe(0)
  })

  for (const [what, textOf] of [
    ['some of them', (i: number) => padded(`${i % 3 === 0 ? 'dear' : i % 3 === 1 ? 'cheap' : 'cheaper'} ${i}`)],
    // Behind a segment that stays: without one, no file is made, and the old one is there until it is released.
    ['all of them', (i: number) => padded(`${i < 40 ? 'dear' : i % 2 === 0 ? 'cheap' : 'cheaper'} ${i}`)],
  ] as const)
    it(`says at the next start what went when the process ended before it could tell: ${what}`, async () => {
      const disk = new SimulatedDisk(11)
      const countsOf = (lost: readonly Pick<Lost, 'bucket' | 'lines'>[]): Readonly<Record<string, number>> => {
        const counts: Record<string, number> = {}
        for (const { bucket, lines } of lost) counts[bucket] = (counts[bucket] ?? 0) + lines
        return counts
      }
      /** The power goes as the third segment's loss is to be told: its rewritten file stands beside it. */
      class Ending extends Policy {
        untold: readonly Lost[] | null = null
        #told = 0
        override tell(lost: readonly Lost[]): void {
          if (this.untold !== null) return
          if (this.#told++ < 2) super.tell(lost)
          else {
            this.untold = lost
            disk.crash()
          }
        }
      }
      const ending = new Ending()
      const log = await DurableLog.open(disk.folder(), { ...small, giveUp: ending })
      expect(log.recovery.givenUp).toEqual([])
      for (let i = 0; ending.untold === null && i < 5000; i++) {
        append(log, textOf(i)).catch(() => {})
        if (i % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 1))
      }
      const counts = countsOf(ending.untold!)
      expect(Object.keys(counts).sort()).toEqual(['cheap', 'cheaper'])
      const next = await DurableLog.open(disk.restart(), small)
      expect(countsOf(next.recovery.givenUp)).toEqual(counts)
      expect(next.recovery.missingRecords).toBe(0)
      await next.close()
      // Once: the segments that it stood for are gone by now.
      const after = await DurableLog.open(disk.restart(), small)
      expect(after.recovery.givenUp).toEqual([])
      await after.close()
    })

  it('says nothing at the next start of what was told', async () => {
    const disk = new SimulatedDisk(12)
    const policy = new Policy()
    const log = await DurableLog.open(disk.folder(), { ...small, giveUp: policy })
    await fill(log, 300, (i) => padded(`${i % 2 === 0 ? 'dear' : 'cheap'} ${i}`))
    await log.close()
    expect(policy.lost.length).toBeGreaterThan(0)
    const next = await DurableLog.open(disk.restart(), small)
    expect(next.segments.some(({ rewritten }) => rewritten?.lost?.['cheap'] !== undefined)).toBe(true)
    expect(next.recovery.givenUp).toEqual([])
  })

  it('refuses on a disk too full for the rewritten file, loses nothing, and goes on once there is room', async () => {
    const faults = { syncError: 0, capacityBytes: 5 * 8192 + 400 }
    const policy = new Policy()
    const disk = new SimulatedDisk(7, faults)
    const log = await DurableLog.open(disk.folder(), { ...small, giveUp: policy })
    const accepted = await fill(log, 2000, (i) => padded(`${i % 2 === 0 ? 'dear' : 'cheap'} ${i}`))
    expect(log.obstacle?.message).toMatch(/ENOSPC/)
    expect(policy.lost).toEqual([])
    expect(textsOf(await readAll(log))).toEqual(accepted)
    faults.capacityBytes = 20 * 8192
    for (let i = 0; log.obstacle !== null && i < 1000; i++) await new Promise((resolve) => setTimeout(resolve, 1))
    expect((await fill(log, 1, () => 'dear again')).length).toBe(1)
    expect(policy.lost.length).toBeGreaterThan(0)
  })
})

/** One life after another; throws when a record that must be kept is missing, or any is doubled, out of order, or was never sent. */
async function survive(seed: number): Promise<{ readonly rewritten: boolean }> {
  const random = randomFrom(seed * 104_729 + 3)
  const faults = {
    syncError: seed % 4 === 0 ? 0.03 : 0,
    folderSyncError: 0,
    capacityBytes: Number.POSITIVE_INFINITY,
  }
  const disk = new SimulatedDisk(seed, faults)
  const acknowledged = new Map<number, string>()
  const sent = new Set<string>()
  const lost = new Set<number>()
  let done = 0
  /** Acknowledged, and given up in the last moment of a life. */
  const untold = new Set<number>()
  let toldLater = 0
  let rewritten = false
  let folder: LogFolder = disk.folder()
  for (let life = 0; life < 5; life++) {
    const policy = new Policy()
    policy.done = done
    const options = { ...small, quotaBytes: 4 * 8192, giveUp: policy }
    const log = await DurableLog.open(folder, options)
    // A start is allowed to fail where its folder cannot be synced; this one is not to.
    faults.folderSyncError = seed % 3 === 0 ? 0.1 : 0
    const seen = await readAll(log)
    const numbers = seen.map(({ sequence }) => sequence)
    expect(new Set(textsOf(seen)).size, 'a record came twice').toBe(seen.length)
    expect(
      [...numbers].sort((a, b) => a - b),
      'out of order',
    ).toEqual(numbers)
    const there = new Set(textsOf(seen))
    const spans = log.segments.flatMap((segment) => segment.rewritten ?? [])
    toldLater += log.recovery.givenUp.reduce((sum, { lines }) => sum + lines, 0)
    for (const [sequence, text] of acknowledged) {
      // A crash may come between the rewritten file and the word of what is lost; then the next start says so.
      const isGivenUp = spans.some((span) => span.firstSequence <= sequence && sequence <= span.lastSequence)
      if (sequence <= done || there.has(text) || lost.has(sequence) || untold.has(sequence) || policy.isLost(sequence))
        continue
      expect(text.startsWith('cheap') && isGivenUp, `missing: ${text.slice(0, 30)}`).toBe(true)
      // A later life may give up the file itself, and nothing says of these any more that they were there.
      untold.add(sequence)
    }
    expect(untold.size, 'given up, and counted by nobody').toBeLessThanOrEqual(toldLater)
    for (const text of there) expect(sent, 'a record that nobody sent').toContain(text)
    const inFlight: Promise<unknown>[] = []
    const count = Math.floor(random() * 160)
    const share = random()
    for (let i = 0; i < count; i++) {
      const text = padded(`${random() < share ? 'dear' : 'cheap'} ${seed}/${life}/${i}`, Math.floor(random() * 900))
      sent.add(text)
      inFlight.push(
        append(log, text).then(
          (sequence) => acknowledged.set(sequence, text),
          () => {},
        ),
      )
      if (random() < 0.4) await new Promise((resolve) => setImmediate(resolve))
      if (random() < 0.02) {
        done = policy.done = Math.max(done, Math.floor(random() * log.durableSequence))
        void log.release(done)
      }
      rewritten ||= log.segments.some((segment) => segment.rewritten !== null)
    }
    if (random() < 0.3) await Promise.race([Promise.all(inFlight), new Promise((resolve) => setTimeout(resolve, 20))])
    disk.crash()
    // Nobody closes a process that is dead; it should not go on trying in this one.
    options.retryMs = 3_600_000
    faults.folderSyncError = 0
    folder = disk.restart()
    for (const { firstSequence, lastSequence, bucket } of policy.lost) {
      expect(bucket).toBe('cheap')
      for (let sequence = firstSequence; sequence <= lastSequence; sequence++) lost.add(sequence)
    }
  }
  return { rewritten }
}

describe('a log at its quota on a disk that drops, tears and reorders what was not synced', () => {
  const seeds = Number(process.env.PLANTWATCH_LOG_SEEDS ?? 80)
  it(`loses no acknowledged record that must be kept in ${seeds} runs of five lives`, async () => {
    const failing: string[] = []
    let rewritten = 0
    for (let seed = 1; seed <= seeds; seed++) {
      try {
        if ((await survive(seed)).rewritten) rewritten++
      } catch (error) {
        failing.push(`seed ${seed}: ${(error as Error).message.split('\n')[0]}`)
      }
    }
    expect(failing).toEqual([])
    expect(rewritten).toBeGreaterThan(seeds / 4)
  }, 3_600_000)
})
