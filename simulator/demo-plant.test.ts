import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseEnergyEvent } from '../lib/energy-event/parse.ts'
import { defaultPlant } from '../lib/plant/default-plant.ts'
import { describeField } from '../lib/schema/measurements.ts'
import { demoPlant } from './demo-plant.ts'
import { machineLife } from './life/machine-life.ts'
import { machineProfiles } from './life/machine-profile.ts'

const hourMs = 3_600_000
const endMs = Date.parse('2026-11-24T14:00:00Z')
const linesOf = (batches: Iterable<{ readonly text: string }>): string[] =>
  [...batches].flatMap(({ text }) => text.split('\n').slice(0, -1))
const timeOf = (line: string): number => Number(line.slice(line.lastIndexOf(' ') + 1))
const fresh = (seed = 42) => demoPlant(defaultPlant(), seed)

describe('a point of the demo plant', () => {
  const fromMs = endMs - 5 * hourMs
  const all = linesOf(fresh().history(fromMs, endMs)).sort()

  it('is the same in random windows, in random order, asked for twice and by another plant of that seed', () => {
    const cut = fc.integer({ min: fromMs, max: endMs })
    fc.assert(
      fc.property(
        fc.uniqueArray(cut, { maxLength: 12 }),
        fc.infiniteStream(fc.nat()),
        fc.boolean(),
        (cuts, order, one) => {
          const bounds = [fromMs, ...cuts.sort((a, b) => a - b), endMs]
          const windows = bounds.slice(1).map((to, i) => ({ from: bounds[i]!, to, at: order.next().value as number }))
          const shared = fresh()
          const lines = windows
            .sort((a, b) => a.at - b.at)
            .flatMap(({ from, to }) => {
              const plant = one ? shared : fresh()
              linesOf(plant.history(to, to + hourMs))
              return linesOf(plant.history(from, to))
            })
          expect(lines.sort()).toEqual(all)
        },
      ),
      { numRuns: 25 },
    )
  })

  it('is the same live as in history, and live adds only points between the minutes', () => {
    const live = linesOf([fresh().live(endMs - hourMs, endMs, 5_000)])
    const known = new Set(all)
    const added = live.filter((line) => !known.has(line))
    expect(new Set(live.filter((line) => known.has(line))).size).toBe(
      new Set(all.filter((line) => timeOf(line) >= endMs - hourMs)).size,
    )
    expect(added).toHaveLength(6 * 4 * 60 * 11)
    expect(added.every((line) => timeOf(line) % 60_000 !== 0 && timeOf(line) % 5_000 === 0)).toBe(true)
  })

  it('is the same whatever the steps of the live readings', () => {
    const coarse = linesOf([fresh().live(endMs - hourMs, endMs, 20_000)])
    const fine = new Set(linesOf([fresh().live(endMs - hourMs, endMs, 4_000)]))
    expect(coarse.every((line) => fine.has(line))).toBe(true)
  })

  it('is another one with another seed, and so is the name of the run', () => {
    const other = new Set(linesOf(fresh(43).history(fromMs, endMs)))
    expect(all.filter((line) => other.has(line)).length / all.length).toBeLessThan(0.25)
    expect(fresh(43).run).not.toBe(fresh().run)
    expect(fresh().run).toMatch(/^[0-9a-f]{8}$/)
  })

  it('lies in its window and not in the next: windows are half open', () => {
    expect(all.every((line) => timeOf(line) >= fromMs && timeOf(line) < endMs)).toBe(true)
    expect(all.some((line) => timeOf(line) === fromMs)).toBe(true)
    expect(linesOf(fresh().history(endMs, endMs + 1)).every((line) => timeOf(line) === endMs)).toBe(true)
  })
})

describe('what ran on the machines', () => {
  const fromMs = endMs - 6 * 24 * hourMs
  const lives = machineProfiles(defaultPlant().sites, 42).map(machineLife)

  it('is said by intervals that hold exactly while somebody works there, with that lot and operator', () => {
    const intervals = fresh().contextIntervals(fromMs - 24 * hourMs, endMs)
    let manned = 0
    for (const life of lives) {
      const own = intervals.filter(({ machine }) => machine === life.profile.machine.id)
      expect(own.length).toBeGreaterThan(20)
      expect(own.every(({ fromMs, toMs }, i) => fromMs < toMs && (i === 0 || own[i - 1]!.toMs <= fromMs))).toBe(true)
      for (let ms = fromMs; ms < endMs; ms += 30_000) {
        const moment = life.at(ms)
        const said = own.find((interval) => interval.fromMs <= ms && ms < interval.toMs)
        if (moment.manned !== null) manned++
        const { name: lot, product, order } = moment.lot
        const runs = moment.manned === null ? undefined : { lot, product, order, operator: moment.manned.operator }
        const shown = said && { lot: said.lot, product: said.product, order: said.order, operator: said.operator }
        if (JSON.stringify(shown) !== JSON.stringify(runs)) expect([ms, shown]).toEqual([ms, runs])
      }
    }
    expect(manned).toBeGreaterThan(10_000)
  })

  it('is the same in whatever windows it is asked for', () => {
    const whole = fresh().contextIntervals(fromMs, endMs)
    const key = (list: typeof whole): string[] => list.map((one) => JSON.stringify(one)).sort()
    const cuts = fc.uniqueArray(fc.integer({ min: fromMs, max: endMs }), { maxLength: 9 })
    fc.assert(
      fc.property(cuts, (inner) => {
        const bounds = [fromMs, ...inner.sort((a, b) => a - b), endMs]
        const plant = fresh()
        const parts = bounds.slice(1).flatMap((to, i) => plant.contextIntervals(bounds[i]!, to))
        expect(key(parts)).toEqual(key(whole))
      }),
      { numRuns: 15 },
    )
  })

  it('stands in no line, but for the pieces of the last minute of a lot or a shift', () => {
    const own = linesOf(fresh().history(fromMs, endMs)).filter((line) => /,(lot|product|operator|order)=/.test(line))
    const ends = new Set(
      fresh()
        .contextIntervals(fromMs - 24 * hourMs, endMs)
        .map(({ machine, toMs }) => `${machine} ${toMs}`),
    )
    expect(own.length).toBeGreaterThan(50)
    for (const line of own) {
      expect(line).toMatch(/^production_count,/)
      expect(ends).toContain(`${/machine=([^,]+)/.exec(line)![1]} ${timeOf(line)}`)
    }
  })
})

describe('the lines of the demo plant', () => {
  const lines = linesOf(fresh().history(endMs - 24 * hourMs, endMs))

  it('write only fields of the table of measurements, with its types', () => {
    const shapes = new Map<string, string>()
    for (const line of lines) {
      const [series, fields] = line.split(' ') as [string, string]
      const measurement = series.split(',')[0]!
      for (const field of fields.split(',')) {
        const [name, value] = field.split('=') as [string, string]
        const type = value.endsWith('i')
          ? 'integer'
          : value.startsWith('"')
            ? 'string'
            : /^(true|false)$/.test(value)
              ? 'boolean'
              : 'float'
        shapes.set(`${measurement} ${name}`, type)
        if (type === 'float') expect(Number.isFinite(Number(value))).toBe(true)
      }
    }
    for (const [shape, type] of shapes) {
      const [measurement, name] = shape.split(' ') as [string, string]
      expect([shape, describeField(measurement, name)?.type]).toEqual([shape, type])
    }
    expect(new Set([...shapes.keys()].map((shape) => shape.split(' ')[0]))).toEqual(
      new Set(['machine_signal', 'temperature', 'electricity', 'production_count', 'energy_event', 'room_activation']),
    )
  })

  it('name each point once, but for motion sensors that repeat themselves', () => {
    const seen = new Set<string>()
    const repeated = lines.filter((line) => {
      const key = line.replace(/ \S+=.* /, ' ')
      if (seen.has(key)) return true
      seen.add(key)
      return false
    })
    expect(repeated.every((line) => line.startsWith('room_activation'))).toBe(true)
  })

  it('come in batches of about the size asked for', () => {
    const sizes = [...fresh().history(endMs - 2 * hourMs, endMs, 1_000)].map((batch) => batch.lines)
    expect(Math.max(...sizes)).toBeLessThan(1_200)
    expect(sizes.length).toBeGreaterThan(5)
  })
})

describe('the dirty text of the demo plant’s energy sensors', () => {
  it('is what the cleaned points say', () => {
    const plant = fresh()
    const texts = plant.energyEventTexts(endMs - 24 * hourMs, endMs)
    const points = linesOf(plant.history(endMs - 24 * hourMs, endMs)).filter((line) => line.startsWith('energy_event'))
    expect(texts.length).toBe(points.length)
    expect(texts.length).toBeGreaterThan(50)
    const powers = texts.map((text) => {
      const parsed = parseEnergyEvent(text)
      if ('rejected' in parsed) throw new Error(parsed.rejected.reason)
      return `${parsed.accepted.activePowerW} ${parsed.accepted.timeNs! / 1_000_000n}`
    })
    const stored = points.map((line) => `${/active_power=([^,]+)/.exec(line)![1]} ${timeOf(line)}`)
    expect(powers.sort()).toEqual(stored.sort())
    expect(texts[0]).toContain('CoilRevesed=OFF')
  })
})
