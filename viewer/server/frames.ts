import type { DecodedColumn, DecodedTable } from '../../lib/annotated-csv/decode.ts'
import type { CsvCell, CsvType } from '../../lib/annotated-csv/table.ts'
import { nsPerMs } from '../../lib/time/instant.ts'
import type { FieldKind, FrameEntities, FrameField, FrameJson } from '../api.ts'

export interface FramesOfAnswer {
  readonly frames: readonly FrameJson[]
  /** A sentence when there was more than fits; the frames are then a part of the answer. */
  readonly truncated: string | null
}

export interface FrameLimits {
  /** Rows of one table. */
  readonly rowsMax: number
  readonly framesMax: number
}

/** Half as many again as the panel can draw: an aggregateWindow whose edges are cut is no flood. */
export const limitsFor = (maxDataPoints: number): FrameLimits => ({
  rowsMax: Math.floor(maxDataPoints * 1.5),
  framesMax: 1_000,
})

/**
 * Frames in the shape that Grafana's InfluxDB data source makes of Flux, so that legends and overrides say the same in both.
 * A table with `_value` and a time column is one series: frame named by `_measurement`, value named by `_field`, labels from
 * the other texts. Any other table is taken as it is.
 * @throws Error for a series with a row without time
 */
export function framesOf(tables: Iterable<DecodedTable>, refId: string, limits: FrameLimits): FramesOfAnswer {
  const frames: FrameJson[] = []
  for (const table of tables) {
    if (frames.length === limits.framesMax)
      return {
        frames,
        truncated: `The answer has more than ${limits.framesMax} tables; only the first are shown. Choose less, or group it.`,
      }
    const length = Math.min(table.length, limits.rowsMax)
    frames.push(seriesFrame(table, refId, length) ?? tableFrame(table, refId, length))
    if (table.length > limits.rowsMax)
      return {
        frames,
        truncated: `The answer has more than ${limits.rowsMax} rows in one table, more than can be drawn here; only the first are shown. Choose a shorter time, or aggregate by v.windowPeriod.`,
      }
  }
  return { frames, truncated: null }
}

function seriesFrame(table: DecodedTable, refId: string, length: number): FrameJson | null {
  const columns = new Map(table.columns.map((column) => [column.label, column]))
  const value = columns.get('_value')
  const time = columns.get('_time') ?? table.columns.find(({ type }) => type === 'time')
  if (value === undefined || time === undefined || time.type !== 'time' || time === value) return null
  const gap = time.cells.indexOf(null)
  if (gap >= 0 && gap < length) throw new Error(`row ${gap + 1} of a series has no ${time.label}`)
  const labels = Object.fromEntries(
    table.columns
      .filter(({ label, type }) => type === 'string' && !label.startsWith('_'))
      .map(({ label, cells }) => [label, String(cells[0] ?? '')]),
  )
  const name = textOf(columns.get('_measurement'))
  return toFrame(refId, name, length, [
    { column: time, name: time.label === '_time' ? 'Time' : time.label },
    { column: value, name: textOf(columns.get('_field')), labels },
  ])
}

const tableFrame = (table: DecodedTable, refId: string, length: number): FrameJson =>
  toFrame(
    refId,
    '',
    length,
    table.columns.map((column) => ({ column, name: column.label })),
  )

const textOf = (column: DecodedColumn | undefined): string => String(column?.cells[0] ?? '')

interface Source {
  readonly column: DecodedColumn
  readonly name: string
  readonly labels?: Readonly<Record<string, string>>
}

/** The words of Grafana's data frames for each type. */
const kinds: { readonly [T in CsvType]: readonly [kind: FieldKind, frame: string] } = {
  time: ['time', 'time.Time'],
  float: ['number', 'float64'],
  int: ['number', 'int64'],
  uint: ['number', 'uint64'],
  string: ['string', 'string'],
  bool: ['boolean', 'bool'],
}

function toFrame(refId: string, name: string, length: number, sources: readonly Source[]): FrameJson {
  const columns = sources.map(({ column }) => jsonColumn(column, length))
  const fields = sources.map(({ column, name: fieldName, labels }): FrameField => {
    const [type, frame] = kinds[column.type]
    return { name: fieldName, type, typeInfo: { frame, nullable: true }, ...(labels === undefined ? {} : { labels }) }
  })
  const entities = columns.map((column) => column.entities)
  return {
    schema: { refId, ...(name === '' ? {} : { name }), fields },
    data: {
      values: columns.map(({ values }) => values),
      ...(entities.some((one) => one !== null) ? { entities } : {}),
    },
  }
}

interface JsonColumn {
  readonly values: readonly (number | string | boolean | null)[]
  readonly entities: FrameEntities | null
}

function jsonColumn({ type, cells }: DecodedColumn, length: number): JsonColumn {
  const special = { NaN: [] as number[], Inf: [] as number[], NegInf: [] as number[] }
  const toJson: (cell: CsvCell, row: number) => number | string | boolean | null =
    type === 'time'
      ? (cell) => (cell === null ? null : Number((cell as bigint) / nsPerMs))
      : type === 'float'
        ? (cell, row) => {
            const value = cell as number | null
            if (value === null || Number.isFinite(value)) return value
            special[Number.isNaN(value) ? 'NaN' : value > 0 ? 'Inf' : 'NegInf'].push(row)
            return null
          }
        : (cell) => (typeof cell === 'bigint' ? Number(cell) : cell)
  const values = cells.slice(0, length).map(toJson)
  const found = Object.fromEntries(Object.entries(special).filter(([, rows]) => rows.length > 0))
  return { values, entities: Object.keys(found).length > 0 ? found : null }
}
