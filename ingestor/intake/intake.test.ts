import { describe, expect, it } from 'vitest'
import { systemClock } from '../../lib/clock.ts'
import { randomFrom, SimulatedDisk } from '../../test/support/simulated-disk.ts'
import { decodeAcceptedWrite } from '../accepted-write.ts'
import { ContextBook } from '../context/book.ts'
import { DeadLetterStore } from '../dead-letters/store.ts'
import { DurableLog, defaultLogOptions } from '../log/log.ts'
import { FieldTypes } from './field-types.ts'
import { Intake } from './intake.ts'
import { Machines } from './machines.ts'
import { Ranges } from './ranges.ts'
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

const marksIn = (bytes: Uint8Array): string[] =>
  Buffer.from(bytes)
    .toString('latin1')
    .match(/@@\d+@@/g) ?? []

describe('whatever bytes a token sends', () => {
  const runs = Number(process.env['PLANTWATCH_INTAKE_RUNS'] ?? 150)
  it(`each line ends exactly once in the log or the dead letters, in ${runs} runs`, async () => {
    for (let seed = 1; seed <= runs; seed++) {
      const random = randomFrom(seed)
      const options = { ...defaultLogOptions, segmentBytes: 1 << 20, sparesMax: 1 }
      const log = await DurableLog.open(new SimulatedDisk(seed).folder(), options)
      const letters = await DeadLetterStore.open(new SimulatedDisk(seed + 1).folder())
      const intake = new Intake({
        log,
        letters,
        clock: systemClock,
        tools: {
          fieldTypes: new FieldTypes(),
          machines: new Machines(new ContextBook()),
          ranges: new Ranges(null),
          aheadMaxSeconds: 86_400,
          lineBytesMax: 300,
        },
        series: { tagsMax: 8, keyBytesMax: 4_096, seriesPerTokenMax: 1_000, seriesPerMachineMax: 500 },
        lineErrorsMax: 3,
        quarantineBucket: 'q',
      })
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
