import { describe, expect, it } from 'vitest'
import { pointOf } from '../../lib/influx/point.ts'
import { formatPoint } from '../../lib/line-protocol/format.ts'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { nsPerUnit, type Precision } from '../accepted-write.ts'
import { LateReadings } from './late-readings.ts'

const nowNs = 1_767_225_600_000_000_000n
const secondNs = 1_000_000_000n

function bench() {
  const clock = new FakeClock(nowNs)
  const late = new LateReadings('plant_raw', clock, null)
  const note = (texts: readonly string[], precision: Precision = 'ns', bucket = 'plant_raw') => {
    const lines = texts.map((text) => ({ bytes: Buffer.from(text) }))
    const times = texts.map((text) => BigInt(text.trim().split(' ').at(-1)!) * nsPerUnit[precision])
    late.note({ bucket, precision, earliestNs: times.reduce((a, b) => (a < b ? a : b)) }, lines)
  }
  const take = () => late.takeMarks().map((point) => formatPoint(pointOf(point)))
  return { clock, late, note, take }
}
const ago = (seconds: bigint): bigint => nowNs - seconds * secondNs

describe('late readings', () => {
  it('are those older than the lateness of jobs when they are stored, and no others of the same request', () => {
    const { late, note, take } = bench()
    note([`temperature,machine=a v=1 ${ago(60n)}`])
    expect(late.isEmpty).toBe(true)
    note([
      `temperature,machine=a v=1 ${ago(60n)}`,
      `temperature,machine=a v=1 ${ago(119n)}`,
      `temperature,machine=a v=1 ${ago(18_000n)}`,
    ])
    expect(late.count).toBe(2)
    expect(take()).toEqual([
      `late_arrival,machine=a,source=temperature from_ns=${ago(18_000n)}i,to_ns=${ago(18_000n) + 1n}i,points=1i ${nowNs + 1n}`,
      `late_arrival,machine=a,source=temperature from_ns=${ago(119n)}i,to_ns=${ago(119n) + 1n}i,points=1i ${nowNs + 2n}`,
    ])
  })

  it('are told of by measurement, site, line and machine, whatever other tags there are and however they are written', () => {
    const { note, take } = bench()
    note([
      `two\\ words,lot=17,machine=press\\,1,site=hill\\=side a="x y, z=1 " ${ago(900n)}`,
      `two\\ words,lot=18,machine=press\\,1,sensor=oil,site=hill\\=side a="\\"q\\" 5",b=2i ${ago(901n)} `,
      `two\\ words a=1 ${ago(902n)}`,
    ])
    expect(take()).toEqual([
      `late_arrival,machine=press\\,1,site=hill\\=side,source=two\\ words from_ns=${ago(901n)}i,to_ns=${ago(900n) + 1n}i,points=2i ${nowNs + 1n}`,
      `late_arrival,source=two\\ words from_ns=${ago(902n)}i,to_ns=${ago(902n) + 1n}i,points=1i ${nowNs + 2n}`,
    ])
  })

  it('are understood in every precision, also before 1970', () => {
    for (const precision of ['ns', 'us', 'ms', 's'] as const) {
      const { late, note } = bench()
      note([`m v=1 -5`, `m v=1 ${ago(900n) / nsPerUnit[precision]}`], precision)
      expect([...late.kept().spans].map((span) => [span[4], span[6]])).toEqual([
        [`${-5n * nsPerUnit[precision]}`, 1],
        [`${ago(900n)}`, 1],
      ])
    }
  })

  it('are not those of another bucket, nor what Plantwatch says about itself', () => {
    const { late, note } = bench()
    note([`temperature,machine=a v=1 ${ago(900n)}`], 'ns', 'plant_derived')
    note([`simulator_progress,run=a length_s=1 ${ago(900n)}`])
    expect(late.isEmpty).toBe(true)
  })

  it('have marks with times of their own, also when the clock goes back', () => {
    const { clock, late, note } = bench()
    const times: bigint[] = []
    for (let i = 0; i < 4; i++) {
      note([`m,machine=a v=1 ${ago(90_000n)}`, `m,machine=a v=1 ${ago(900_000n)}`, `m,machine=b v=1 ${ago(90_000n)}`])
      times.push(...late.takeMarks().map(({ timeNs }) => timeNs))
      late.marked(i)
      clock.setWall(nowNs - BigInt(i) * 3n * secondNs)
    }
    expect(times).toHaveLength(12)
    expect(times.every((timeNs, i) => i === 0 || timeNs > times[i - 1]!)).toBe(true)
  })

  it('are kept until their marks are in the log, and those of marks that could not be written are marked later', () => {
    const { clock, late, note } = bench()
    note([`m,machine=a v=1 ${ago(900n)}`])
    late.takeMarks()
    note([`m,machine=a v=1 ${ago(901n)}`])
    expect(late.kept().spans.reduce((sum, span) => sum + span[6], 0)).toBe(2)
    const again = new LateReadings('plant_raw', clock, JSON.parse(JSON.stringify(late.kept())))
    expect(again.takeMarks().map(({ fields }) => fields['points'])).toEqual([2n])
    late.notMarked()
    expect(late.takeMarks().map(({ fields }) => fields['points'])).toEqual([2n])
    late.marked(9)
    expect([late.kept().spans, late.isEmpty, late.markSequence]).toEqual([[], true, 9])
  })

  it('are marked with the time when the last of them was in the store, however long the marks had to wait', async () => {
    const { clock, note, take } = bench()
    note([`m,machine=a v=1 ${ago(900n)}`])
    await clock.advance(1_000)
    note([`m,machine=a v=1 ${ago(900n)}`])
    note([`m,machine=a v=1 ${nowNs}`])
    await clock.advance(60_000)
    expect(take().map((mark) => mark.split(' ').at(-1))).toEqual([`${nowNs + secondNs + 1n}`])
  })

  it('with names that no dashboard could show are told of without them', () => {
    const { late, note } = bench()
    note([`m,machine=${'x'.repeat(5_000)} v=1 ${ago(900n)}`])
    expect(late.kept().spans).toEqual([['', '', '', '', `${ago(900n)}`, `${ago(900n)}`, 1]])
  })
})
