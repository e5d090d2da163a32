import type { DecodedTable } from '../../lib/annotated-csv/decode.ts'
import type { CsvCell, CsvType } from '../../lib/annotated-csv/table.ts'
import type { FieldValue, Point } from '../../lib/line-protocol/decode.ts'
import { formatLine } from '../../lib/line-protocol/format.ts'

/** A point as the store has it, and what tells it from all others. */
export interface StoredPoint extends Point {
  /** Measurement and tags as line protocol has them. */
  readonly series: string
}

const notTags = new Set(['result', 'table', '_measurement', '_field', '_start', '_stop', '_time', '_value'])

/** The points of a query's tables, one series and field each as `from` gives them; by time, then series. */
export function pointsIn(tables: readonly DecodedTable[]): readonly StoredPoint[] {
  const found = new Map<string, { point: StoredPoint; fields: [string, FieldValue][] }>()
  for (const { key, columns, length } of tables) {
    const keyed = new Map(key.columns.map(({ label, value }) => [label, value]))
    const measurement = String(keyed.get('_measurement'))
    const tags = key.columns
      .filter(({ label, value }) => !notTags.has(label) && value !== null)
      .map(({ label, value }): [string, string] => [label, String(value)])
      .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    const series = formatLine({ measurement, tags, fields: [['x', true]] }).slice(0, -' x=true'.length)
    const time = columns.find(({ label }) => label === '_time')!
    const value = columns.find(({ label }) => label === '_value')!
    for (let row = 0; row < length; row++) {
      const timeNs = time.at(row) as bigint
      const id = `${series} ${timeNs}`
      let entry = found.get(id)
      if (entry === undefined) {
        const fields: [string, FieldValue][] = []
        found.set(id, (entry = { point: { series, measurement, tags, fields, timeNs }, fields }))
      }
      entry.fields.push([String(keyed.get('_field')), fieldValue(value.at(row), value.type)])
    }
  }
  return [...found.values()]
    .map(({ point }) => point)
    .sort((a, b) => (a.timeNs === b.timeNs ? (a.series < b.series ? -1 : 1) : a.timeNs < b.timeNs ? -1 : 1))
}

const fieldValue = (cell: CsvCell, type: CsvType): FieldValue =>
  // An empty cell of a text is an empty text: the store keeps no gaps.
  cell === null ? '' : type === 'uint' ? { uint: cell as bigint } : cell
