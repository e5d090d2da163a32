import { describe, expect, it } from 'vitest'
import { systemClock } from '../../lib/clock.ts'
import { BodyRoom } from '../../lib/http/body-room.ts'
import { readPlant } from '../../lib/plant/read-plant.ts'
import { randomFrom, SimulatedDisk } from '../../test/support/simulated-disk.ts'
import { decodeAcceptedWrite } from '../accepted-write.ts'
import { ContextBook } from '../context/book.ts'
import { DeadLetterStore } from '../dead-letters/store.ts'
import { DurableLog } from '../log/log.ts'
import { defaultLogOptions } from '../log/log-options.ts'
import { FieldTypes } from './field-types.ts'
import { Intake } from './intake.ts'
import { Machines } from './machines.ts'
import { Ranges } from './ranges.ts'
import { requestNameOf } from './request-name.ts'
import type { TokenScope } from './rights.ts'

const everything: TokenScope = { id: 'all', buckets: null, measurements: null, forcedTags: {}, seriesMax: null }
const scopes: readonly TokenScope[] = [
  everything,
  { ...everything, id: 'forced', forcedTags: { machine: 'M 1' } },
  { ...everything, id: 'one measurement', measurements: ['m'] },
  { ...everything, id: 'few series', seriesMax: 5 },
]

/** One line, or what should be one, that holds its mark once. */
function anyLine(random: () => number, mark: string): string {
  const junk = Array.from({ length: Math.floor(random() * 12) }, () =>
    String.fromCharCode(Math.floor(random() * 256)).replace(/\n/, '.'),
  ).join('')
  const kinds = [
    `m,t=x v="${mark}" 1700000000000000000`,
    `m,t=x v="${mark}"`,
    `m,machine=M2 v="${mark}" 5`,
    `m,t= v="${mark}" 1`,
    `m,s=${mark} v="a" 1`,
    `m,t=x v=${mark} 1`,
    `m,t=x n=1,v="${mark}" 1`,
    `m,t=x n="${mark}" 1`,
    `m,t=x n=3i,v="${mark}" 1`,
    `other,t=x v="${mark}" 99999999999999999`,
    `m,t=x v="${mark}" 9000000000000000000`,
    `m v="${mark}`,
    `m v="a\n${mark}\nb" 1`,
    `m,a=b\\ c v="${mark}\\"" 1`,
    `r${junk}${mark}`,
    `m,t=${junk} v="${mark}" 1`,
    `m v="${junk}${mark}" 1`,
  ]
  return kinds[Math.floor(random() * kinds.length)]! + (random() < 0.2 ? '\r\n' : '\n')
}

async function open(
  seed: number,
  segmentBytes: number,
  {
    room,
    ranges = new Ranges(null),
    disk = new SimulatedDisk(seed),
    quotaBytes = defaultLogOptions.quotaBytes,
  }: { room?: BodyRoom; ranges?: Ranges; disk?: SimulatedDisk; quotaBytes?: number } = {},
) {
  const log = await DurableLog.open(disk.folder(), { ...defaultLogOptions, segmentBytes, sparesMax: 1, quotaBytes })
  const letters = await DeadLetterStore.open(new SimulatedDisk(seed + 1).folder())
  const intake = new Intake({
    log,
    letters,
    clock: systemClock,
    tools: {
      fieldTypes: new FieldTypes(),
      machines: new Machines(new ContextBook()),
      ranges,
      aheadMaxSeconds: 86_400,
      lineBytesMax: 300,
    },
    series: { tagsMax: 8, keyBytesMax: 4_096, seriesPerTokenMax: 1_000, seriesPerMachineMax: 500 },
    lineErrorsMax: 3,
    quarantineBucket: 'q',
    ...(room === undefined ? {} : { room }),
  })
  return { intake, log, letters }
}

const marksIn = (bytes: Uint8Array): string[] =>
  Buffer.from(bytes)
    .toString('latin1')
    .match(/@@\d+@@/g) ?? []

describe('whatever bytes a token sends', () => {
  const runs = Number(process.env['PLANTWATCH_INTAKE_RUNS'] ?? 150)
  it(`each line ends exactly once in the log or the dead letters, in ${runs} runs`, async () => {
    for (let seed = 1; seed <= runs; seed++) {
      const random = randomFrom(seed)
      const { intake, log, letters } = await open(seed, 1 << 20)
      const sent: string[] = []
      for (let request = 0; request < 3; request++) {
        let body = ''
        const count = 1 + Math.floor(random() * (seed % 25 === 0 ? 3_000 : 40))
        for (let i = 0; i < count; i++) {
          const mark = `@@${sent.length}@@`
          sent.push(mark)
          body += anyLine(random, mark)
        }
        const scope = scopes[Math.floor(random() * scopes.length)]!
        const bytes = Buffer.from(body, 'latin1')
        await new Promise<void>((resolve) =>
          intake.take({ bytes, bucket: 'b', precision: 'ns', scope }, () => resolve()),
        )
      }
      const found: string[] = []
      for (let sequence = log.firstSequence; ; ) {
        const { records } = await log.read(sequence, 4 << 20)
        if (records.length === 0) break
        for (const { payload } of records) found.push(...marksIn(decodeAcceptedWrite(payload).body))
        sequence = records.at(-1)!.sequence + 1
      }
      for (const { id } of letters.list()) found.push(...marksIn((await letters.get(id))!.bytes))
      expect([seed, found.sort()]).toEqual([seed, sent.sort()])
      await log.close()
      await letters.close()
    }
  }, 120_000)
})

describe('a large batch', () => {
  const taking = (intake: Intake, text: string) =>
    new Promise<string>((resolve) =>
      intake.take({ bytes: Buffer.from(text), bucket: 'b', precision: 'ns', scope: everything }, (refusal) =>
        resolve(refusal?.code ?? 'stored'),
      ),
    )

  it('that is named and goes into two records is known by its name only once both are on disk', async () => {
    const plant = readPlant(`version: 1
name: P
sites:
  - id: s
    name: S
    timeZone: UTC
    currency: EUR
    energyPrice: 0.3
    lines:
      - id: l
        name: L
        machines:
          - id: M
            name: M
            sensors: [{ measurement: m, id: t, name: T, unit: C, kind: gauge, every: 1m, range: [0, 100] }]
`)
    const disk = new SimulatedDisk(5)
    const [segmentBytes, ranges] = [64 << 10, new Ranges(plant)]
    const lines = (value: number, count: number) =>
      Array.from({ length: count }, (_, i) => `m,machine=M,sensor=t v=${value} ${i + 1}\n`).join('')
    const name = requestNameOf('a', Buffer.from('x'), 'b')
    const send = (intake: Intake, text: string, as: typeof name) =>
      new Promise<string>((resolve) =>
        intake.take(
          { bytes: Buffer.from(text), bucket: 'b', precision: 'ns', scope: everything, name: as },
          (refusal) => resolve(refusal?.code ?? 'stored'),
        ),
      )
    const both = lines(20, 1_500) + lines(900, 1_500)
    const full = await open(5, segmentBytes, { disk, ranges, quotaBytes: 2 * segmentBytes })
    expect(await send(full.intake, lines(30, 1_500), undefined)).toBe('stored')
    // The good lines find room, those for the quarantine none.
    expect(await send(full.intake, both, name)).toBe('unavailable')
    expect(full.log.durableSequence).toBe(2)
    await full.log.close()
    const next = await open(5, segmentBytes, { disk, ranges })
    await next.intake.recover()
    expect(await send(next.intake, both, name)).toBe('stored')
    expect(await send(next.intake, both, name)).toBe('stored')
    const buckets: string[] = []
    await next.log.visit(({ payload }) => buckets.push(decodeAcceptedWrite(payload).bucket))
    expect(buckets).toEqual(['b', 'b', 'b', 'q'])
    await next.log.close()
  })

  it('lets those that come after it go first, also lines without a time; its own get that of its arrival', async () => {
    const { intake, log } = await open(1, 8 << 20)
    const order: string[] = []
    const large = taking(intake, `m v=1\n${'m v=1 1\n'.repeat(200_000)}`).then((outcome) =>
      order.push(`large ${outcome}`),
    )
    for (let i = 0; i < 3; i++) order.push(`small ${await taking(intake, 'm v=2\n')}`)
    await large
    expect(order).toEqual(['small stored', 'small stored', 'small stored', 'large stored'])
    const { records } = await log.read(1, 16 << 20)
    const arrivals = records.map(({ payload }) => decodeAcceptedWrite(payload).arrivalNs)
    expect(arrivals.length).toBe(4)
    expect(arrivals[3]).toBeLessThan(arrivals[0]!)
  })

  it('needs its memory until it is on disk: another that finds none is told to come again', async () => {
    const room = new BodyRoom(3 << 20)
    const { intake } = await open(3, 8 << 20, { room })
    const text = 'm v=1 1\n'.repeat(200_000)
    const [first, second] = [taking(intake, text), taking(intake, text)]
    expect(room.bytes).toBe(text.length)
    expect(await second).toBe('unavailable')
    expect(await taking(intake, 'm v=1 1\n')).toBe('stored')
    expect(await first).toBe('stored')
    expect([room.bytes, room.refused]).toEqual([0, 1])
    expect(await taking(intake, text)).toBe('stored')
    // One alone always has room.
    expect(await taking(intake, `${text}${text}`)).toBe('stored')
    expect(room.bytes).toBe(0)
  })

  it('counts as under way until it is on disk', async () => {
    const { intake, log } = await open(2, 8 << 20)
    const large = taking(intake, 'm v=1 1\n'.repeat(200_000))
    expect(await intake.settled()).toBe(log.durableSequence)
    expect(log.durableSequence).toBe(1)
    expect(await large).toBe('stored')
  })
})
