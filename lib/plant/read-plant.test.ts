import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { generators } from '../../bin/generate.ts'
import { defaultPlant, defaultPlantText } from './default-plant.ts'
import { plantSchema } from './model.ts'
import { PlantModelError } from './problems.ts'
import { readPlant } from './read-plant.ts'

const problemsOf = (text: string): readonly string[] => {
  try {
    readPlant(text)
  } catch (error) {
    if (error instanceof PlantModelError) return error.problems.map((p) => `${p.line} ${p.path}: ${p.message}`)
    throw error
  }
  return []
}

const site = `version: 1
name: Works
sites:
  - id: north
    name: North
    timeZone: Europe/Berlin
    currency: EUR
    energyPrice: 0.2
`

describe('reading a plant model', () => {
  it('reads the demo plant: two lines, six machines, four rooms', () => {
    const [hillside] = defaultPlant().sites
    expect(hillside!.lines.map((line) => line.machines.length)).toEqual([3, 3])
    expect(hillside!.rooms).toHaveLength(4)
    const state = hillside!.lines[0]!.machines[0]!.sensors[0]!
    expect(state).toMatchObject({ kind: 'state', every: 60_000, states: { '3': 'fault' } })
  })

  it('takes a site with nothing but what it must have', () => {
    expect(readPlant(site).sites[0]).toMatchObject({ shifts: [], holidays: [], plannedStops: [], lines: [], rooms: [] })
  })

  it('tells every mistake at once, with path and line', () => {
    const text = `${site
      .replace('Europe/Berlin', 'Europe/Berlinx')
      .replace('EUR', 'euro')
      .replace('0.2', '-1')}    colour: red
    shifts:
      - { id: a, name: A, from: "06:00", to: "14:00", days: [mon] }
      - { id: b, name: B, from: "13:00", to: "25:00", days: [mon, funday] }
      - { id: a, name: C, from: "05:00", to: "07:00", days: [mon] }
    plannedStops:
      - { name: x, from: "09:00", to: "10:00", days: [mon], machines: [nowhere] }
      - { name: y, from: 2026-01-05T06:00, to: 2026-02-30T06:00 }
    lines:
      - id: l
        name: L
        machines:
          - { id: m, name: M, sensors: [{ measurement: temperature, id: t, name: T, kind: gauge, unit: C, range: [5, 1], every: soon }] }
          - { id: m, sensors: [{ measurement: temperature, id: t, name: T, kind: gouge }] }
`
    expect(problemsOf(text)).toEqual([
      '6 sites[0].timeZone: is no time zone of the IANA list, such as Europe/Berlin',
      '7 sites[0].currency: must be a currency code of three capitals, such as EUR',
      '8 sites[0].energyPrice: must not be below 0',
      '9 sites[0].colour: is a key that nobody knows here',
      '12 sites[0].shifts[1].to: must be a time of day from "00:00" to "23:59", in quotes',
      '12 sites[0].shifts[1].days[1]: must be one of mon, tue, wed, thu, fri, sat, sun',
      '13 sites[0].shifts[2].id: names a shift that is there already: "a"',
      '13 sites[0].shifts[2]: overlaps with shifts[0], first on mon',
      '15 sites[0].plannedStops[0].machines[0]: names no machine of this site: "nowhere"',
      '16 sites[0].plannedStops[1].to: is no day of the calendar',
      '21 sites[0].lines[0].machines[0].sensors[0].every: must be a length of time such as 5s or 1m, or "on change"',
      '21 sites[0].lines[0].machines[0].sensors[0].range: must go from a smaller to a larger number',
      '22 sites[0].lines[0].machines[1].name: is missing',
      '22 sites[0].lines[0].machines[1].sensors[0].kind: must be gauge, counter or state',
      '22 sites[0].lines[0].machines[1].id: names a machine that is there already: "m"',
    ])
  })

  it('finds two shifts that meet across midnight, also from Sunday to Monday', () => {
    const shifts = `    shifts:
      - { id: night, name: Night, from: "22:00", to: "06:00", days: [sun] }
      - { id: early, name: Early, from: "05:00", to: "13:00", days: [mon] }
`
    expect(problemsOf(site + shifts)).toEqual(['11 sites[0].shifts[1]: overlaps with shifts[0], first on mon'])
    expect(problemsOf(site + shifts.replace('05:00', '06:00'))).toEqual([])
  })

  it('lets two sites have a line of one name, but not a machine: those are asked for by their id alone', () => {
    const lines = '    lines: [{ id: l, name: L, machines: [{ id: m, name: M }] }]\n'
    const second = site.slice(site.indexOf('  - id')).replace('north', 'south')
    expect(problemsOf(site + lines + second + lines)).toEqual([
      '15 sites[1].lines[0].machines[0].id: names a machine that is there already: "m"',
    ])
  })

  it('tells broken YAML with its lines', () => {
    expect(problemsOf('a: [1\nb: {').map((problem) => problem.split(' ')[0])).toEqual(['2', '2'])
    expect(problemsOf('name: a\nname: b')[0]).toMatch(/^2 .*unique/)
    expect(problemsOf('')).toHaveLength(1)
  })

  it('takes roll-over on counters only and states on states only', () => {
    const withSensor = (sensor: string): string =>
      `${site}    lines: [{ id: l, name: L, machines: [{ id: m, name: M, sensors: [{ measurement: x, id: s, name: S, every: on change, ${sensor} }] }] }]\n`
    expect(problemsOf(withSensor('kind: counter, unit: pieces, rollover: 65536'))).toEqual([])
    expect(problemsOf(withSensor('kind: gauge, unit: pieces, rollover: 65536'))).toHaveLength(1)
    expect(problemsOf(withSensor('kind: state'))).toEqual([
      '9 sites[0].lines[0].machines[0].sensors[0].states: is missing',
    ])
  })
})

describe('docs/plant-model.md', () => {
  const page = readFileSync(new URL('../../docs/plant-model.md', import.meta.url), 'utf8')
  const keys = new Set<string>()
  const collect = (schema: unknown): void => {
    if (typeof schema !== 'object' || schema === null) return
    for (const [name, value] of Object.entries(schema)) {
      if (name === 'properties') for (const key of Object.keys(value as object)) keys.add(key)
      collect(value)
    }
  }
  collect(z.toJSONSchema(plantSchema, { io: 'input' }))

  it.each([...keys])('explains the key %s', (key) => {
    expect(page).toMatch(new RegExp(`\`${key}(\\[\\])?\``))
  })
})

describe('docs/plant.yaml', () => {
  it('is the demo plant', async () => {
    expect(await generators['plant']!()).toEqual([{ path: 'docs/plant.yaml', text: defaultPlantText }])
  })
})
