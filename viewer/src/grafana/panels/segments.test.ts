// @vitest-environment jsdom
import { type DataFrame, FieldType, toDataFrame } from '@grafana/data'
import { describe, expect, it } from 'vitest'
import { rowsOf } from './segments.ts'

const minute = 60_000
const words = ['off', 'on']

function frame(readings: readonly (readonly [minuteOf: number, value: number | null])[], custom = {}): DataFrame {
  const made = toDataFrame({
    fields: [
      { name: 'Time', type: FieldType.time, values: readings.map(([at]) => at * minute) },
      { name: 'press-1', type: FieldType.number, values: readings.map(([, value]) => value), config: { custom } },
    ],
  })
  made.fields[1]!.display = (value) => ({
    text: words[value as number] ?? 'on',
    numeric: Number(value),
    color: '#112233',
  })
  return made
}
const segments = (one: DataFrame, holds = 1) =>
  rowsOf([one], { holdsMs: holds * minute, untilMs: 60 * minute })[0]!.segments.map(({ fromMs, toMs, text }) => [
    fromMs / minute,
    toMs / minute,
    text,
  ])

describe('segments', () => {
  it('last until the next reading, and the last one until the end', () => {
    expect(
      segments(
        frame([
          [0, 0],
          [10, 1],
          [30, 0],
        ]),
      ),
    ).toEqual([
      [0, 10, 'off'],
      [10, 30, 'on'],
      [30, 60, 'off'],
    ])
  })

  it('that read the same are one', () => {
    expect(
      segments(
        frame([
          [0, 1],
          [10, 2],
          [30, 1],
        ]),
      ),
    ).toEqual([[0, 60, 'on']])
  })

  it('end at a gap: a null, and a silence longer than the dashboard allows', () => {
    expect(
      segments(
        frame([
          [0, 1],
          [10, null],
          [30, 1],
        ]),
      ),
    ).toEqual([
      [0, 10, 'on'],
      [30, 60, 'on'],
    ])
    expect(
      segments(
        frame(
          [
            [0, 1],
            [10, 1],
            [40, 1],
          ],
          { insertNulls: 15 * minute },
        ),
      ),
    ).toEqual([
      [0, 25, 'on'],
      [40, 55, 'on'],
    ])
  })

  it('of slices longer than the allowed silence still meet: a slice speaks for its whole length', () => {
    expect(
      segments(
        frame(
          [
            [0, 1],
            [20, 1],
            [40, 1],
          ],
          { insertNulls: 15 * minute },
        ),
        20,
      ),
    ).toEqual([[0, 60, 'on']])
  })
})
