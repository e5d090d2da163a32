// @vitest-environment jsdom
import { createTheme, type FieldConfigSource, formattedValueToString, getFieldDisplayName } from '@grafana/data'
import { beforeAll, describe, expect, it } from 'vitest'
import { supportedPanels, supportedTransformations } from '../../../lib/dashboard/supported.ts'
import type { FrameJson } from '../../api.ts'
import { interpolator } from './interpolate.ts'
import { dress, framesFromAnswer, hasValues, transform } from './pipeline.ts'
import { customDefaults, registryFor, setUp } from './setup.ts'

beforeAll(() => setUp())

const words = {
  variables: { machine: { all: false, values: ['press-1', 'mill-1'] } },
  timeRangeQuery: 'from=now-1h&to=now',
}
const replaceVariables = interpolator(words)
const theme = createTheme({ colors: { mode: 'dark' } })

const nullable = { nullable: true } as const
const series = (machine: string, values: readonly (number | null)[]): FrameJson => ({
  schema: {
    refId: 'A',
    fields: [
      { name: 'Time', type: 'time', typeInfo: { frame: 'time.Time', ...nullable } },
      { name: 'value', type: 'number', typeInfo: { frame: 'float64', ...nullable }, labels: { machine } },
    ],
  },
  data: { values: [values.map((_, i) => 1_000 * i), values] },
})
const table: FrameJson = {
  schema: {
    refId: 'A',
    fields: [
      { name: 'machine', type: 'string', typeInfo: { frame: 'string', ...nullable } },
      { name: 'state', type: 'number', typeInfo: { frame: 'float64', ...nullable } },
    ],
  },
  data: {
    values: [
      ['press-1', 'a&b'],
      [1, 3],
    ],
  },
}

const dressed = (
  frames: readonly FrameJson[],
  fieldConfig: FieldConfigSource,
  type: 'timeseries' | 'table' = 'timeseries',
) => dress(framesFromAnswer(frames), { type, fieldConfig, replaceVariables, theme, timeZone: 'utc' })

describe('fields', () => {
  it('are named by their labels, and show unit, decimals and the colour of their threshold', () => {
    const frames = dressed([series('press-1', [75.123]), series('mill-1', [91])], {
      defaults: {
        displayName: 'at ${__field.labels.machine}',
        unit: 'celsius',
        decimals: 1,
        color: { mode: 'thresholds' },
        thresholds: {
          mode: 'absolute' as never,
          steps: [
            { value: null as never, color: '#5fb878' },
            { value: 90, color: '#e5566d' },
          ],
        },
      },
      overrides: [],
    })
    const shown = frames.map((frame) => {
      const field = frame.fields[1]!
      const value = field.display!(field.values[0])
      return [getFieldDisplayName(field, frame, frames), formattedValueToString(value), value.color]
    })
    expect(shown).toEqual([
      ['at press-1', '75.1 °C', '#5fb878'],
      ['at mill-1', '91.0 °C', '#e5566d'],
    ])
  })

  it('take mappings, links and settings of their panel from overrides', () => {
    const [frame] = dressed(
      [table],
      {
        defaults: {},
        overrides: [
          {
            matcher: { id: 'byName', options: 'state' },
            properties: [
              { id: 'mappings', value: [{ type: 'value', options: { 1: { text: 'Running', color: '#5fb878' } } }] },
              { id: 'custom.width', value: 85 },
            ],
          },
          {
            matcher: { id: 'byName', options: 'machine' },
            properties: [
              {
                id: 'links',
                value: [
                  { title: 'Signals', url: '/d/machine-signals?var-machine=${__value.text}&${__url_time_range}' },
                ],
              },
            ],
          },
        ],
      },
      'table',
    )
    const [machine, state] = frame!.fields
    expect(state!.display!(1)).toMatchObject({ text: 'Running', color: '#5fb878' })
    expect(state!.config.custom).toMatchObject({ width: 85 })
    expect(machine!.getLinks!({ valueRowIndex: 1 })[0]!.href).toBe(
      '/d/machine-signals?var-machine=a%26b&from=now-1h&to=now',
    )
  })

  it('are refused with a setting that nothing would heed, by name', () => {
    const override = (matcher: string, id: string): FieldConfigSource => ({
      defaults: {},
      overrides: [{ matcher: { id: matcher, options: 'value' }, properties: [{ id, value: 1 }] }],
    })
    expect(() => dressed([series('x', [1])], override('byName', 'custom.notThere'))).toThrow('"custom.notThere"')
    expect(() => dressed([series('x', [1])], override('byMagic', 'unit'))).toThrow('"byMagic"')
  })

  it.each(supportedPanels)('of a %s panel know every setting that they begin with', (type) => {
    const known = registryFor(type)
    for (const path of Object.keys(customDefaults[type]))
      expect(known.getIfExists(`custom.${path}`), path).toBeDefined()
  })

  it('are empty when they hold gaps alone, and zero is a reading', () => {
    expect(hasValues(framesFromAnswer([series('x', [null, null])]))).toBe(false)
    expect(hasValues(framesFromAnswer([]))).toBe(false)
    expect(hasValues(framesFromAnswer([series('x', [null, 0])]))).toBe(true)
  })
})

describe('transformations', () => {
  it('run in order', async () => {
    const [frame] = await transform(
      framesFromAnswer([table]),
      [
        { id: 'organize', options: { indexByName: { state: 0, machine: 1 }, renameByName: { state: 'State' } } },
        { id: 'sortBy', options: { sort: [{ field: 'State', desc: true }] } },
      ],
      replaceVariables,
    )
    expect(frame!.fields.map((field) => getFieldDisplayName(field, frame))).toEqual(['State', 'machine'])
    expect(frame!.fields[0]!.values).toEqual([3, 1])
  })

  it('join what several queries answer', async () => {
    const other: FrameJson = { ...table, schema: { ...table.schema, refId: 'B' }, data: { values: [['press-1'], [7]] } }
    for (const id of ['joinByField', 'seriesToColumns']) {
      const [joined] = await transform(
        framesFromAnswer([table, other]),
        [{ id, options: { byField: 'machine', mode: 'outer' } }],
        replaceVariables,
      )
      expect(joined!.fields.map(({ values }) => values)).toEqual([
        ['press-1', 'a&b'],
        [1, 3],
        [7, undefined],
      ])
    }
  })

  it('that the board does not know are refused by name', async () => {
    const unknown = transform(framesFromAnswer([table]), [{ id: 'extractFields', options: {} }], replaceVariables)
    await expect(unknown).rejects.toThrow('"extractFields" is not supported by the board')
  })

  it.each(supportedTransformations)('the board says that it knows %s, and does', async (id) => {
    const options = {
      reducers: [],
      include: id === 'filterByRefId' ? 'A' : {},
      fields: {},
      bucketCount: 3,
      conversions: [],
      filters: [],
      sort: [],
    }
    await expect(transform(framesFromAnswer([table]), [{ id, options }], replaceVariables)).resolves.toBeDefined()
  })
})

describe('texts', () => {
  it('say what is chosen', () => {
    expect(replaceVariables('Power of ${machine}, $machine, ${machine:csv}, ${unknown}')).toBe(
      'Power of press-1 + mill-1, press-1 + mill-1, press-1,mill-1, ${unknown}',
    )
    const everything = interpolator({ ...words, variables: { machine: { all: true, values: ['a'] } } })
    expect(everything('$machine')).toBe('All')
  })
})
