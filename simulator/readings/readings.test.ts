import { describe, expect, it } from 'vitest'
import { defaultPlant } from '../../lib/plant/default-plant.ts'
import { machineStates } from '../../lib/schema/measurements.ts'
import { demoPlant } from '../demo-plant.ts'
import { machineLife } from '../life/machine-life.ts'
import { machineProfiles } from '../life/machine-profile.ts'
import { hallOf, temperatureOf, warmthOf } from './climate.ts'
import { powerOf } from './power.ts'
import { productionOf } from './production.ts'
import { activationsOf } from './rooms.ts'
import { signalOf } from './signals.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const endMs = Date.parse('2026-11-23T00:00:00+01:00')
const startMs = endMs - 21 * 24 * hourMs
const site = defaultPlant().sites[0]!
const press2 = machineLife(machineProfiles([site], 42)[1]!)
const course = Array.from({ length: 21 * 1440 }, (_, minute) => press2.at(startMs + minute * minuteMs))
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
const rms = (values: readonly number[]): number => Math.sqrt(mean(values.map((value) => value * value)))
const isError = (value: number): boolean => Math.abs(value) > 150

describe('every reading of the demo plant', () => {
  it('lies in the plausible range of the plant model, communication errors included', () => {
    const ranges = new Map(
      site.lines.flatMap((line) =>
        line.machines.flatMap((machine) =>
          machine.sensors.flatMap((sensor) =>
            sensor.kind === 'gauge' && sensor.range !== undefined
              ? [[`${sensor.measurement} ${machine.id} ${sensor.id}`, sensor.range] as const]
              : [],
          ),
        ),
      ),
    )
    const outside: string[] = []
    let seen = 0
    for (const { text } of demoPlant(defaultPlant(), 42).history(endMs - 5 * 24 * hourMs, endMs))
      for (const line of text.split('\n').slice(0, -1)) {
        const tag = (name: string): string => new RegExp(`,${name}=([^, ]+)`).exec(line)?.[1] ?? ''
        const range = ranges.get(`${line.slice(0, line.indexOf(','))} ${tag('machine')} ${tag('sensor')}`)
        if (range === undefined) continue
        for (const [, value] of line.slice(line.indexOf(' ')).matchAll(/=(-?[\d.e-]+)/g)) {
          seen++
          if (Number(value) < range[0] || Number(value) > range[1]) outside.push(line)
        }
      }
    expect(outside).toEqual([])
    expect(seen).toBeGreaterThan(300_000)
  })
})

describe('a signal', () => {
  const shaftY = signalOf(press2.profile, 'shaft_y', 1)
  const torque = signalOf(press2.profile, 'torque_ripple', 2)
  const readings = course.map((moment) => ({ moment, value: shaftY(moment) }))
  const running = readings.filter(({ moment, value }) => moment.state === machineStates.running && !isError(value))
  const inMode = (mode: string) => running.filter(({ moment }) => moment.health.mode === mode).map(({ value }) => value)

  it('grows by a multiple before its machine fails; a channel that shows little hardly', () => {
    const late = (signal: typeof shaftY): number =>
      rms(
        running
          .filter(({ moment }) => moment.health.ramp > 0.8)
          .map(({ moment }) => signal(moment))
          .filter((value) => !isError(value)),
      )
    const calm = (signal: typeof shaftY): number =>
      rms(
        running
          .filter(({ moment }) => moment.health.mode === 'normal')
          .map(({ moment }) => signal(moment))
          .filter((value) => !isError(value)),
      )
    expect(late(shaftY) / calm(shaftY)).toBeGreaterThan(2)
    expect(late(torque) / calm(torque)).toBeLessThan(1.5)
    expect(rms(inMode('faulty'))).toBeGreaterThan(rms(inMode('normal')))
  })

  it('is white noise of 0.01 while failed, and hums above a twentieth of its strength while it only stands', () => {
    const failed = readings.filter(({ moment, value }) => moment.health.mode === 'failed' && !isError(value))
    expect(rms(failed.map(({ value }) => value))).toBeCloseTo(0.01, 3)
    const standing = readings.filter(
      ({ moment, value }) =>
        moment.state === machineStates.stopped && moment.health.mode === 'normal' && !isError(value),
    )
    expect(rms(standing.map(({ value }) => value)) / rms(inMode('normal'))).toBeGreaterThan(0.08)
  })

  it('has communication errors 250 away from zero, six in a thousand, in runs of one to four, each channel its own', () => {
    const wrong = readings.map(({ value }) => isError(value))
    expect(mean(wrong.map(Number))).toBeGreaterThan(0.004)
    expect(mean(wrong.map(Number))).toBeLessThan(0.009)
    const runs = wrong
      .map((yes) => (yes ? 'x' : ' '))
      .join('')
      .trim()
      .split(/ +/)
    expect(new Set(runs.map((run) => run.length))).toEqual(new Set([1, 2, 3, 4]))
    for (const { value } of readings.filter((reading) => isError(reading.value)))
      expect(Math.abs(value) - 250).toBeGreaterThanOrEqual(-0.1)
    const both = course.filter((moment) => isError(shaftY(moment)) && isError(torque(moment)))
    expect(both.length).toBeLessThan(course.length * 0.001)
  })
})

describe('power', () => {
  const power = powerOf(press2, 'main')
  const by = (state: number) => course.filter((moment) => moment.state === state).map(power)
  it('follows the state, is never negative, and is more with wear', () => {
    const { running, setUp, stopped } = machineStates
    expect(mean(by(running))).toBeGreaterThan(2 * mean(by(setUp)))
    expect(mean(by(setUp))).toBeGreaterThan(2 * mean(by(stopped)))
    expect(Math.min(...course.map(power))).toBeGreaterThan(0)
    const worn = course.filter(({ state, health }) => state === running && health.ramp > 0.7)
    expect(mean(worn.map(power))).toBeGreaterThan(1.05 * mean(by(running)))
  })
})

describe('temperature', () => {
  it('rises over hours of work, falls back to the hall’s, and never jumps', () => {
    const hall = hallOf(site, 42)
    const warmth = warmthOf(press2)
    const motor = temperatureOf(press2, 'motor', 0, hall, warmth)
    const readings = course.map(motor)
    const jumps = readings.slice(1).map((value, i) => Math.abs(value - readings[i]!))
    expect(Math.max(...jumps)).toBeLessThan(3)
    const sunday = course.filter(({ ms }) => new Date(ms + hourMs).getUTCDay() === 0)
    for (const moment of sunday) expect(Math.abs(motor(moment) - hall(moment.ms))).toBeLessThan(4)
    const warm = course.filter(({ ms }) => warmth(ms) > 0.8)
    expect(mean(warm.map(motor)) - mean(warm.map(({ ms }) => hall(ms)))).toBeGreaterThan(20)
  })
})

describe('production', () => {
  const pieces = productionOf(press2, 'counter')
  it('is counted while somebody works, and is 0 while the machine is not running', () => {
    for (const { ms } of course) {
      const made = pieces(ms)
      const middle = press2.at(ms - minuteMs / 2)
      if (middle.manned === null) expect(made).toBeNull()
      else if (middle.state !== machineStates.running) expect(made).toMatchObject({ good: 0, scrap: 0 })
    }
  })

  it('goes by the product’s cycle time, and has more scrap as a fault grows', () => {
    const running = course.filter(({ ms }) => press2.at(ms - minuteMs / 2).state === machineStates.running)
    const scrapShare = (of: typeof course): number => {
      const made = of.map(({ ms }) => pieces(ms)!)
      return mean(made.map(({ scrap }) => scrap)) / mean(made.map(({ good, scrap }) => good + scrap))
    }
    const calm = running.filter(({ health }) => health.mode === 'normal')
    const made = mean(calm.map(({ ms }) => pieces(ms)!.good + pieces(ms)!.scrap))
    expect(made).toBeCloseTo(mean(calm.map(({ ms }) => 60 / press2.at(ms - minuteMs / 2).lot.cycleS)), 0)
    expect(scrapShare(calm)).toBeLessThan(0.03)
    expect(scrapShare(running.filter(({ health }) => health.ramp > 0.6))).toBeGreaterThan(0.06)
  })
})

describe('a meeting room', () => {
  const times = site.rooms.flatMap((room) => activationsOf(site, room, 42)(startMs, endMs))
  const hourOf = (ms: number): number => new Date(ms + hourMs).getUTCHours()
  const isWeekend = (ms: number): boolean => [0, 6].includes(new Date(ms + hourMs).getUTCDay())

  it('is used by day on working days, little over lunch, and hardly at weekends', () => {
    const working = times.filter((ms) => !isWeekend(ms))
    const at = (hour: number): number => working.filter((ms) => hourOf(ms) === hour).length
    expect(working.length).toBeGreaterThan(1_000)
    expect(working.filter((ms) => hourOf(ms) < 6 || hourOf(ms) > 20)).toEqual([])
    expect(at(12)).toBeLessThan(at(10) / 1.5)
    expect(times.filter(isWeekend).length).toBeLessThan(0.05 * times.length)
  })

  it('sends a reading twice now and then', () => {
    const repeated = times.length - new Set(times).size
    expect(repeated).toBeGreaterThan(5)
    expect(repeated).toBeLessThan(0.1 * times.length)
  })
})
