import { basename } from 'node:path'
import { type CsvRecord, csvRecords } from './csv-records.ts'
import type { Mapping } from './mapping.ts'
import { RepeatedHour, timeReader } from './read-time.ts'
import { UnreadableText, WrongEncoding } from './texts-of.ts'

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
 * @param onFault a row or cell that cannot be read; the rest of its row is still read unless its time or machine is wrong.
 *   Also where a file cannot be read any further: the rows before that have come by then.
 * @param onBytes how far the file is read, in bytes
 * @throws OtherKindOfFile, and the file system's errors
 */
export async function* machineRows(
  path: string,
  mapping: Mapping,
  onFault: (fault: Fault) => void,
  onBytes: (bytes: number) => void,
): AsyncGenerator<readonly MachineRow[]> {
  const file = basename(path)
  let reader: RowReader | null = null
  try {
    for await (const records of csvRecords(path, mapping.delimiter, onBytes, mapping.encoding)) {
      const rows: MachineRow[] = []
      for (const record of records) {
        if (reader === null) {
          const layout = layoutOf(record.cells, file, mapping, (reason) => onFault({ file, line: record.line, reason }))
          reader = new RowReader(layout, file, mapping, onFault)
          continue
        }
        const row = reader.read(record)
        if (row !== null) rows.push(row)
      }
      if (reader !== null) yield rows
    }
  } catch (error) {
    if (!(error instanceof UnreadableText)) throw error
    const mend =
      error instanceof WrongEncoding ? `; the mapping (--map) may say, for example, encoding: ${error.perhaps}` : ''
    onFault({ file, line: error.line, reason: `${error.reason}; nothing is read from here on${mend}` })
    return
  }
  if (reader === null) throw new OtherKindOfFile('it is empty')
}

/** Reads the records of one file by its header. */
class RowReader {
  readonly #readTime: (text: string, pass: RepeatedHour) => bigint | null
  readonly #passes = new Map<string, RepeatedHour>()
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
    const machine = machineAt === null ? this.layout.machine! : cells[machineAt]!.trim()
    if (machine === '') return this.#fault(line, 'the machine column is empty')
    let pass = this.#passes.get(machine)
    if (pass === undefined) {
      if (!isTagValue(machine)) return this.#fault(line, `${quoted(machine)} can be no machine's name: ${notInTags}`)
      pass = new RepeatedHour()
      this.#passes.set(machine, pass)
    }
    const timeNs = this.#readTime(cells[timeAt]!.trim(), pass)
    if (timeNs === null)
      return this.#fault(line, `${quoted(cells[timeAt]!)} is no time (expected: ${expectedTime(this.mapping)})`)
    pass.took(timeNs)
    const values = sensorAt.map((at, index) => this.#number(cells[at]!.trim(), at, index, line))
    return { machine, timeNs, values, sensors, line }
  }

  #number(text: string, at: number, index: number, line: number): string | null {
    if (this.#gaps.has(text)) return null
    const number = (this.mapping.decimal === ',' ? text.replace(',', '.') : text).replace(/^\+/, '')
    if (numberPattern.test(number) && Number.isFinite(Number(number))) return number
    const { header, sensors } = this.layout
    return this.#fault(line, `${quoted(text)} in column ${quoted(header[at]!)} (sensor ${sensors[index]}) is no number`)
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

/** @param onFault a column that is left out though nobody asked for it */
function layoutOf(
  record: readonly string[],
  file: string,
  mapping: Mapping,
  onFault: (reason: string) => void,
): Layout {
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
  const left: string[] = []
  header.forEach((name, at) => {
    if (at === timeAt || at === machineAt) return
    const sensor = Object.hasOwn(mapping.sensors, name) ? mapping.sensors[name]! : name
    if (sensor === null) return
    if (sensor === '')
      left.push(
        `column ${at + 1} has no name and is left out (the mapping may name it or leave it out: sensors: { "": … })`,
      )
    else if (!isTagValue(sensor))
      left.push(`column ${at + 1}, ${quoted(sensor)}, is left out until the mapping names its sensor: ${notInTags}`)
    else {
      sensorAt.push(at)
      sensors.push(sensor)
    }
  })
  if (new Set(sensors).size !== sensors.length) throw new OtherKindOfFile('two of its columns have one name')
  for (const reason of left) onFault(reason)
  return { header, columns: record.length, timeAt, machineAt, machine, sensorAt, sensors }
}

const notInTags = 'a line end, or a backslash at its end, cannot be written in line protocol'
const isTagValue = (text: string): boolean => !/[\r\n]|\\$/.test(text)

const shownMax = 60
/** A cell as it is shown in a message: on one line, and not all of a long one. */
const quoted = (text: string): string =>
  JSON.stringify(text.length > shownMax ? `${text.slice(0, shownMax)}…` : text).replace(
    /[\x7f-\x9f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

const expectedTime = ({ time }: Mapping): string =>
  `${time.format === 'iso' ? '2019-01-31 13:45:00.000000000' : time.format}, ${time.zone} where no zone is named`
