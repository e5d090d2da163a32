import { describe, expect, it } from 'vitest'
import { generators } from '../../bin/generate.ts'
import { bucketNames } from './buckets.ts'
import {
  bucketOf,
  definitionOf,
  describeField,
  fieldOf,
  isMeasurement,
  isWritten,
  measurementNames,
  tagOf,
} from './measurements.ts'
import { measurementsPage } from './page.ts'
import { tags } from './tags.ts'
import { wholeCourse } from './whole-course.ts'

describe('the table of measurements', () => {
  it('keeps device readings in the raw bucket, whatever it is called, and results in the derived one', () => {
    expect(bucketOf('temperature')).toBe('plant_raw')
    expect(bucketOf('temperature', bucketNames('mine'))).toBe('mine')
    expect(bucketOf('moments', bucketNames('mine'))).toBe('plant_derived')
  })

  it('does not compile with a wrong measurement, field or tag', () => {
    expect(fieldOf('production_count', 'good')).toBe('good')
    // @ts-expect-error: no such field
    fieldOf('temperature', 'celsius')
    // @ts-expect-error: no such measurement
    expect(() => bucketOf('temperatur')).toThrow()
    expect(tagOf('moments', 'window')).toBe('window')
    // @ts-expect-error: temperature has no window
    tagOf('temperature', 'window')
  })

  it('uses names that line protocol needs not escape, and no reserved ones', () => {
    for (const name of [
      ...measurementNames,
      ...Object.keys(tags),
      ...measurementNames.flatMap((m) => Object.keys(definitionOf(m).fields)),
    ])
      expect(name).toMatch(/^[a-z][a-z0-9_]*$/)
    expect(Object.keys(tags)).not.toContain('time')
  })

  it('knows members of a family of fields, and nothing of others', () => {
    expect(describeField('energy_event', 'peak_17')).toMatchObject({ type: 'float', unit: 'sensor' })
    expect(describeField('energy_event', 'fft_re_3')).toMatchObject({ type: 'float' })
    expect(describeField('energy_event', 'other_dummy')).toMatchObject({ type: 'string' })
    expect(describeField('energy_event', 'peak_x')).toBeNull()
    expect(describeField('energy_event', 'constructor_1')).toBeNull()
    expect(describeField('energy_event', 'toString')).toBeNull()
    expect(describeField('nothing', 'value')).toBeNull()
    expect(isMeasurement('constructor')).toBe(false)
  })

  it('says which measurements nobody writes yet', () => {
    expect(isWritten('moments')).toBe(true)
    expect(isWritten('lot_kpi')).toBe(false)
  })
})

describe('docs/measurements.md', () => {
  it('is generated, and names every measurement, field, tag and word', async () => {
    const page = measurementsPage()
    expect(await generators['measurements']!()).toEqual([{ path: 'docs/measurements.md', text: page }])
    for (const name of measurementNames) {
      expect(page).toContain(`### \`${name}\``)
      for (const field of Object.keys(definitionOf(name).fields)) expect(page).toContain(`\`${field}\``)
    }
    for (const tag of Object.keys(tags)) expect(page).toContain(`| \`${tag}\` |`)
    expect(page).toContain(wholeCourse())
  })
})

describe('the whole course of a machine', () => {
  it('groups by machine, sensor, field and whatever else shall stay apart', () => {
    expect(wholeCourse(['product'])).toBe(
      '\n  |> group(columns: ["_measurement", "machine", "sensor", "_field", "product"])\n  |> sort(columns: ["_time"])',
    )
  })
})
