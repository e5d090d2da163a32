import { flux, fluxExpression, type ParameterizedQuery } from '@influxdata/influxdb-client'
import type { DecodedTable } from '../../lib/annotated-csv/decode.ts'
import type { CsvCell, CsvType } from '../../lib/annotated-csv/table.ts'
import type { InfluxClient } from '../../lib/influx/client.ts'
import type { FieldValue, Point } from '../../lib/line-protocol/decode.ts'
import { formatLine } from '../../lib/line-protocol/format.ts'

/** A point as the store has it, and what tells it from all others. */
export interface StoredPoint extends Point {
  /** Measurement and tags as line protocol has them. */
  readonly series: string
}

/**
 * The points of a query whose tables are one series and field each, as `from` gives them; by time, then series.
 * All are held in memory.
 */
export async function readPoints(influx: InfluxClient, query: ParameterizedQuery): Promise<readonly StoredPoint[]> {
  const tables = await influx.query(query)
  if (!tables.some(isText)) return pointsIn(tables)
  // CSV knows no empty text and changes line ends within one: texts are asked for again, with both written out.
  const others = tables.filter((table) => !isText(table))
  const fields = [...new Set(tables.filter(isText).map((table) => String(keyOf(table, '_field'))))]
  const texts = await influx.query(flux`import "strings"
${fluxExpression(query.toString())}
  |> filter(fn: (r) => contains(value: r._field, set: ${fields}))
  |> map(fn: (r) => ({r with _value: "=" + strings.replaceAll(v: strings.replaceAll(v: strings.replaceAll(v: string(v: r._value), t: "\\\\", u: "\\\\\\\\"), t: "\\r", u: "\\\\r"), t: "\\n", u: "\\\\n")}))`)
  const wanted = new Set(tables.filter(isText).map(idOf))
  return pointsIn([...others, ...texts.filter((table) => wanted.has(idOf(table)))], wanted)
}

const notTags = new Set(['result', 'table', '_measurement', '_field', '_start', '_stop', '_time', '_value'])
const lineEnds: Readonly<Record<string, string>> = { r: '\r', n: '\n' }

/** @param written tables whose texts stand behind `=` with their line ends written out */
function pointsIn(tables: readonly DecodedTable[], written: ReadonlySet<string> = new Set()): readonly StoredPoint[] {
  const found = new Map<string, { point: StoredPoint; fields: [string, FieldValue][] }>()
  for (const table of tables) {
    const { columns, length } = table
    const measurement = String(keyOf(table, '_measurement'))
    const tags = tagsOf(table)
    const series = formatLine({ measurement, tags, fields: [['x', true]] }).slice(0, -' x=true'.length)
    const time = columns.find(({ label }) => label === '_time')!
    const value = columns.find(({ label }) => label === '_value')!
    const isWritten = written.has(idOf(table))
    for (let row = 0; row < length; row++) {
      const timeNs = time.at(row) as bigint
      const id = `${series} ${timeNs}`
      let entry = found.get(id)
      if (entry === undefined) {
        const fields: [string, FieldValue][] = []
        found.set(id, (entry = { point: { series, measurement, tags, fields, timeNs }, fields }))
      }
      const cell = value.at(row)
      const read = isWritten
        ? String(cell ?? '=')
            .slice(1)
            .replace(/\\(.)/gs, (_, letter: string) => lineEnds[letter] ?? letter)
        : fieldValue(cell, value.type)
      entry.fields.push([String(keyOf(table, '_field')), read])
    }
  }
  return [...found.values()]
    .map(({ point }) => point)
    .sort((a, b) => (a.timeNs === b.timeNs ? (a.series < b.series ? -1 : 1) : a.timeNs < b.timeNs ? -1 : 1))
}

const isText = (table: DecodedTable): boolean =>
  table.columns.find(({ label }) => label === '_value')?.type === 'string' && table.length > 0

const keyOf = (table: DecodedTable, label: string): CsvCell =>
  table.key.columns.find((column) => column.label === label)?.value ?? null

const tagsOf = (table: DecodedTable): readonly (readonly [string, string])[] =>
  table.key.columns
    .filter(({ label, value }) => !notTags.has(label) && value !== null && value !== '')
    .map(({ label, value }): [string, string] => [label, String(value)])
    .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))

const idOf = (table: DecodedTable): string =>
  JSON.stringify([keyOf(table, '_measurement'), keyOf(table, '_field'), tagsOf(table)])

const fieldValue = (cell: CsvCell, type: CsvType): FieldValue =>
  cell === null ? '' : type === 'uint' ? { uint: cell as bigint } : cell
