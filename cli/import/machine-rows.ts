import { basename } from 'node:path'
import { type CsvRecord, csvRecords } from './csv-records.ts'
import type { Mapping } from './mapping.ts'
import { timeReader } from './read-time.ts'

/** A row of a machine's export that was read. */
export interface MachineRow {
  readonly machine: string
  readonly timeNs: bigint
  /** As many as there are sensors; null is a gap. Numbers as they were written, with a point. */
  readonly values: readonly (string | null)[]
  readonly sensors: readonly string[]
  /** Line in the file, from 1. */
  readonly line: number
}

/** Something that is not as it should be, with its place. */
export interface Fault {
  readonly file: string
  readonly line: number
  readonly reason: string
}

/** The file is no export of this kind at all: its header lacks the time column. */
export class OtherKindOfFile extends Error {
  override readonly name = 'OtherKindOfFile'
}

const numberPattern = /^-?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/

/**
 * Rows of one file, as they are read, many at a time.
 * @param onFault a row or cell that cannot be read; the rest of its row is still read unless its time or machine is wrong
 * @param onBytes how far the file is read, in bytes
 * @throws OtherKindOfFile, and the file system's errors
 */
export async function* machineRows(
  path: string,
  mapping: Mapping,
  onFault: (fault: Fault) => void,
  onBytes: (bytes: number) => void,
): AsyncGenerator<readonly MachineRow[]> {
  let reader: RowReader | null = null
  for await (const records of csvRecords(path, mapping.delimiter, onBytes)) {
    const rows: MachineRow[] = []
    for (const record of records) {
      if (reader === null) {
        reader = new RowReader(layoutOf(record.cells, basename(path), mapping), basename(path), mapping, onFault)
        continue
      }
      const row = reader.read(record)
      if (row !== null) rows.push(row)
    }
    yield rows
  }
  if (reader === null) throw new OtherKindOfFile('it is empty')
}

/** Reads the records of one file by its header. */
class RowReader {
  readonly #readTime: (text: string) => bigint | null
  readonly #gaps: ReadonlySet<string>

  constructor(
    readonly layout: Layout,
    readonly file: string,
    readonly mapping: Mapping,
    readonly onFault: (fault: Fault) => void,
  ) {
    this.#readTime = timeReader(mapping.time.format, mapping.time.zone)
    this.#gaps = new Set(['', ...mapping.gaps])
  }

  /** null for a record that is no row; its fault is told. */
  read({ cells, line }: CsvRecord): MachineRow | null {
    const { columns, timeAt, machineAt, sensorAt, sensors } = this.layout
    if (cells.length !== columns) return this.#fault(line, `${cells.length} columns, but the header has ${columns}`)
    const timeNs = this.#readTime(cells[timeAt]!.trim())
    if (timeNs === null)
      return this.#fault(line, `"${cells[timeAt]}" is no time (expected: ${expectedTime(this.mapping)})`)
    const machine = machineAt === null ? this.layout.machine! : cells[machineAt]!.trim()
    if (machine === '') return this.#fault(line, 'the machine column is empty')
    const values = sensorAt.map((at, index) => this.#number(cells[at]!.trim(), at, index, line))
    return { machine, timeNs, values, sensors, line }
  }

  #number(text: string, at: number, index: number, line: number): string | null {
    if (this.#gaps.has(text)) return null
    const number = (this.mapping.decimal === ',' ? text.replace(',', '.') : text).replace(/^\+/, '')
    if (numberPattern.test(number) && Number.isFinite(Number(number))) return number
    const { header, sensors } = this.layout
    return this.#fault(line, `"${text}" in column "${header[at]}" (sensor ${sensors[index]}) is no number`)
  }

  #fault(line: number, reason: string): null {
    this.onFault({ file: this.file, line, reason })
    return null
  }
}

interface Layout {
  readonly header: readonly string[]
  readonly columns: number
  readonly timeAt: number
  readonly machineAt: number | null
  readonly machine: string | null
  readonly sensorAt: readonly number[]
  readonly sensors: readonly string[]
}

function layoutOf(record: readonly string[], file: string, mapping: Mapping): Layout {
  const header = record.map((name) => name.trim())
  const timeAt = header.indexOf(mapping.time.column)
  if (timeAt < 0)
    throw new OtherKindOfFile(
      mapping.time.column === ''
        ? 'no column of its header has an empty name, where the times would be'
        : `its header has no column "${mapping.time.column}"`,
    )
  let machineAt: number | null = null
  let machine: string | null = null
  if ('column' in mapping.machine) {
    machineAt = header.indexOf(mapping.machine.column)
    if (machineAt < 0) throw new OtherKindOfFile(`its header has no column "${mapping.machine.column}"`)
  } else if ('name' in mapping.machine) machine = mapping.machine.name
  else {
    machine = new RegExp(mapping.machine.fileName).exec(file)?.[1] ?? null
    if (machine === null) throw new OtherKindOfFile(`its name does not fit ${mapping.machine.fileName}`)
  }
  const sensorAt: number[] = []
  const sensors: string[] = []
  header.forEach((name, at) => {
    if (at === timeAt || at === machineAt) return
    const sensor = name in mapping.sensors ? mapping.sensors[name]! : name
    if (sensor === null || sensor === '') return
    sensorAt.push(at)
    sensors.push(sensor)
  })
  if (new Set(sensors).size !== sensors.length) throw new OtherKindOfFile('two of its columns have one name')
  return { header, columns: record.length, timeAt, machineAt, machine, sensorAt, sensors }
}

const expectedTime = ({ time }: Mapping): string =>
  `${time.format === 'iso' ? '2019-01-31 13:45:00.000000000' : time.format}, ${time.zone} where no zone is named`
