import { describe, expect, it } from 'vitest'
import { plannedTime } from '../../lib/plant/calendar.ts'
import { defaultPlant } from '../../lib/plant/default-plant.ts'
import { machineStates } from '../../lib/schema/measurements.ts'
import { type MachineLife, type Moment, machineLife } from './machine-life.ts'
import { machineProfiles } from './machine-profile.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const endMs = Date.parse('2026-11-23T00:00:00+01:00')
const days = 28
const startMs = endMs - days * 24 * hourMs

const lives = machineProfiles(defaultPlant().sites, 42).map(machineLife)
const courseOf = (life: MachineLife): readonly Moment[] =>
  Array.from({ length: days * 1440 }, (_, minute) => life.at(startMs + minute * minuteMs))
const courses = new Map(lives.map((life) => [life.profile.machine.id, courseOf(life)]))
const everyMoment = [...courses.values()].flat()
const share = <T>(of: readonly T[], holds: (one: T) => boolean): number => of.filter(holds).length / of.length

describe('a machine of the demo plant', () => {
  it('is manned only in its planned time', () => {
    const life = lives[4]!
    const planned = plannedTime(life.profile.site, 'line-2', 'lathe-1', startMs, endMs)
    for (const { ms, manned } of courses.get('lathe-1')!)
      if (manned !== null) expect(planned.some((span) => ms >= span.fromMs && ms < span.toMs)).toBe(true)
  })

  it('stands while nobody works, unless it has failed', () => {
    const wrong = everyMoment.filter(
      ({ manned, state, health }) =>
        manned === null && state !== (health.mode === 'failed' ? machineStates.fault : machineStates.stopped),
    )
    expect(wrong).toEqual([])
  })

  it('runs for four fifths to nine tenths of its manned time, and is set up for a twentieth or so', () => {
    for (const course of courses.values()) {
      const manned = course.filter((moment) => moment.manned !== null)
      expect(share(manned, ({ state }) => state === machineStates.running)).toBeGreaterThan(0.7)
      expect(share(manned, ({ state }) => state === machineStates.running)).toBeLessThan(0.95)
      expect(share(manned, ({ state }) => state === machineStates.setUp)).toBeGreaterThan(0.03)
      expect(share(manned, ({ state }) => state === machineStates.setUp)).toBeLessThan(0.15)
    }
  })

  it('has a thinner night shift and no Sunday', () => {
    const at = (shift: string) => everyMoment.filter(({ manned }) => manned?.shift.id === shift).length
    const nights = 16
    const lates = 20
    expect(at('night') / nights).toBeLessThan((0.85 * at('late')) / lates)
    const sunday = everyMoment.filter(({ ms }) => new Date(ms + hourMs).getUTCDay() === 0)
    expect(sunday.filter(({ manned }) => manned !== null)).toEqual([])
  })

  it('has one operator through a shift, and one product through a lot', () => {
    const operators = new Map<string, Set<string>>()
    const products = new Map<string, Set<string>>()
    const add = (to: Map<string, Set<string>>, key: string, value: string): void => {
      to.set(key, (to.get(key) ?? new Set()).add(value))
    }
    for (const [machine, course] of courses)
      for (const { manned, lot } of course) {
        if (manned === null) continue
        add(operators, `${machine} ${manned.date} ${manned.shift.id}`, manned.operator)
        add(products, lot.name, `${machine} ${lot.product}`)
      }
    expect([...operators.values(), ...products.values()].filter(({ size }) => size > 1)).toEqual([])
    expect(products.size).toBeGreaterThan(6 * 40)
  })

  it('changes the product from lot to lot mostly, and is set up first', () => {
    for (const [, course] of courses) {
      const changes = course.flatMap(({ lot }, i) =>
        i > 0 && lot !== course[i - 1]!.lot ? [[course[i - 1]!.lot, lot]] : [],
      )
      expect(share(changes, ([before, after]) => before!.product !== after!.product)).toBeGreaterThan(0.6)
      for (const [before, after] of changes) expect(after!.fromMs).toBe(before!.toMs)
    }
    const begun = everyMoment.filter(({ ms, lot, health }) => ms === lot.setUpFromMs && health.mode !== 'failed')
    expect(begun.length).toBeGreaterThan(100)
    expect(begun.every(({ state }) => state === machineStates.setUp)).toBe(true)
  })
})

describe('a breakdown', () => {
  const modesOf = (course: readonly Moment[]): readonly string[] =>
    course.flatMap(({ health }, i) => (i > 0 && health.mode !== course[i - 1]!.health.mode ? [health.mode] : []))

  it('goes normal → faulty → failed → normal; now and then it comes without a sign', () => {
    for (const [, course] of courses) {
      const modes = modesOf(course).join(' ')
      expect(`${modes} `).toMatch(/^(normal )?(failed normal )?((faulty )?failed normal )*(faulty )?(failed )?$/)
    }
  })

  it('comes every few days to the machine that wears fast, and every week or two to the others', () => {
    const failures = (id: string): number => modesOf(courses.get(id)!).filter((mode) => mode === 'failed').length
    expect(failures('press-2')).toBeGreaterThanOrEqual(6)
    const others = [...courses.keys()].filter((id) => id !== 'press-2').map(failures)
    expect(others.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(5)
    expect(Math.max(...others)).toBeLessThanOrEqual(5)
  })

  it('grows from 0 to 1 without a jump, and its sum is the area below it', () => {
    const course = courses.get('press-2')!
    let sum = 0
    course.forEach(({ health, ms }, i) => {
      const before = course[i - 1]?.health
      if (health.mode !== 'faulty' || before?.mode !== 'faulty') {
        sum = 0
        return
      }
      expect(health.ramp).toBeGreaterThanOrEqual(before.ramp)
      if (ms - health.breakdown!.onsetMs > 10 * minuteMs) expect(health.ramp - before.ramp).toBeLessThan(0.05)
      sum += ((health.ramp + before.ramp) / 2) * minuteMs
      expect(Math.abs(health.rampSumMs - sum)).toBeLessThan(2 * minuteMs)
    })
  })
})
