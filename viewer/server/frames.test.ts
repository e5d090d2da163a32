import { describe, expect, it } from 'vitest'
import { decodeCsv } from '../../lib/annotated-csv/decode.ts'
import { framesOf, limitsFor } from './frames.ts'

const limits = limitsFor(100)
const frames = (csv: string, given = limits) => framesOf(decodeCsv(csv), 'A', given)

const series = `#datatype,string,long,dateTime:RFC3339,dateTime:RFC3339,dateTime:RFC3339,double,string,string,string
#group,false,false,true,true,false,false,true,true,true
#default,_result,,,,,,,,
,result,table,_start,_stop,_time,_value,_field,_measurement,machine
,,0,2026-03-01T00:00:00Z,2026-03-01T01:00:00Z,2026-03-01T00:10:00Z,20.5,value,temperature,press-1
,,0,2026-03-01T00:00:00Z,2026-03-01T01:00:00Z,2026-03-01T00:20:00Z,,value,temperature,press-1
,,1,2026-03-01T00:00:00Z,2026-03-01T01:00:00Z,2026-03-01T00:10:00Z,NaN,value,temperature,press-2

`

describe('frames of an answer', () => {
  it('are a series per table with _value and _time: names, labels and gaps as Grafana’s backend makes them', () => {
    const { frames: made, truncated } = frames(series)
    const t = Date.UTC(2026, 2, 1, 0, 10)
    const time = { name: 'Time', type: 'time', typeInfo: { frame: 'time.Time', nullable: true } }
    const value = (machine: string) => ({
      name: 'value',
      type: 'number',
      typeInfo: { frame: 'float64', nullable: true },
      labels: { machine },
    })
    expect(truncated).toBeNull()
    expect(made).toEqual([
      {
        schema: { refId: 'A', name: 'temperature', fields: [time, value('press-1')] },
        data: {
          values: [
            [t, t + 600_000],
            [20.5, null],
          ],
        },
      },
      {
        schema: { refId: 'A', name: 'temperature', fields: [time, value('press-2')] },
        data: { values: [[t], [null]], entities: [null, { NaN: [0] }] },
      },
    ])
  })

  it('have an empty name where _field was dropped, and any other column of times stands in for _time', () => {
    const { frames: made } = frames(
      `#datatype,string,long,dateTime:RFC3339,long,string
#group,false,false,true,false,true
#default,_result,,,,
,result,table,_start,_value,machine
,,0,2026-03-01T00:00:00Z,7,press-1

`,
    )
    expect(made[0]!.schema.fields.map(({ name, labels }) => [name, labels])).toEqual([
      ['_start', undefined],
      ['', { machine: 'press-1' }],
    ])
  })

  it('take any other table as it is: every column under its own name', () => {
    const { frames: made } = frames(
      `#datatype,string,long,string,long,boolean,double
#group,false,false,false,false,false,false
#default,_result,,,,,
,result,table,machine,good,ok,share
,,0,press-1,12,true,0.5
,,0,press-2,,false,

`,
    )
    expect(made[0]!.schema.fields.map(({ name, type, typeInfo }) => [name, type, typeInfo.frame])).toEqual([
      ['machine', 'string', 'string'],
      ['good', 'number', 'int64'],
      ['ok', 'boolean', 'bool'],
      ['share', 'number', 'float64'],
    ])
    expect(made[0]!.data.values).toEqual([
      ['press-1', 'press-2'],
      [12, null],
      [true, false],
      [0.5, null],
    ])
  })

  it('refuse a series with a row without time', () => {
    const csv = series.replace('2026-03-01T00:20:00Z,', ',')
    expect(() => frames(csv)).toThrow('row 2 of a series has no _time')
  })

  it('show a part, and say so, when there is more than can be drawn', () => {
    const rows = frames(series, { rowsMax: 1, framesMax: 10 })
    expect(rows.frames[0]!.data.values).toEqual([[Date.UTC(2026, 2, 1, 0, 10)], [20.5]])
    expect(rows.truncated).toContain('more than 1 rows')
    expect(frames(series, { rowsMax: 10, framesMax: 1 }).truncated).toContain('more than 1 tables')
  })
})
