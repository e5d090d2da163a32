import { basename } from 'node:path'
import { type CsvRecord, csvRecords } from './csv-records.ts'
import { expectedTime } from './file-shape.ts'
import { calledAlike, quoted, repeatedNames, theColumns } from './header.ts'
import type { Mapping } from './mapping.ts'
import { RepeatedHour, timeReader } from './read-time.ts'
import { breakOff, UnreadableText } from './texts-of.ts'

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
          const layout = layoutOf(record, file, mapping, (reason) => onFault({ file, line: record.line, reason }))
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
    onFault({ file, line: error.line, reason: breakOff(error) })
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
      return this.#fault(line, `${quoted(cells[timeAt]!)} is no time (expected: ${expectedTime(this.mapping.time)})`)
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

/**
 * @param onFault a column that is left out though nobody asked for it
 * @throws OtherKindOfFile; UnreadableText where it would be chance which of two columns counts
 */
function layoutOf(
  { cells, line }: CsvRecord,
  file: string,
  mapping: Mapping,
  onFault: (reason: string) => void,
): Layout {
  const header = cells.map((name) => name.trim())
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
  const alike = twofoldColumns(header, sensorAt, sensors, mapping)
  if (alike.length > 0) throw new UnreadableText(line, alike.join('; '))
  for (const reason of left) onFault(reason)
  return { header, columns: header.length, timeAt, machineAt, machine, sensorAt, sensors }
}

/** Columns of which only one could count, though all are asked for, each with what to do. Columns without a name that are no sensor are told of one by one. */
function twofoldColumns(
  header: readonly string[],
  sensorAt: readonly number[],
  sensors: readonly string[],
  { time, machine }: Mapping,
): string[] {
  const alike: string[] = []
  const names = repeatedNames(header)
  for (const [name, columns] of names) {
    if (name === '') continue
    const called = calledAlike(name, columns)
    if (name === time.column) alike.push(`${called}, where the times would be: rename all but one in the file`)
    else if ('column' in machine && name === machine.column)
      alike.push(`${called}, where the machines would be: rename all but one in the file`)
    else if (sensorAt.includes(columns[0]! - 1))
      alike.push(
        `${called}: rename all but one in the file, or leave them out by the mapping (--map): sensors: { ${quoted(name)}: null }`,
      )
  }
  for (const [sensor, places] of repeatedNames(sensors)) {
    const columns = [...new Set(places.map((place) => header[sensorAt[place - 1]!]!))]
    if (columns.length === 1 && columns[0] === '') {
      const numbers = places.map((place) => sensorAt[place - 1]! + 1)
      alike.push(
        `${theColumns(numbers)} have no name and would all be the sensor ${quoted(sensor)}: name them in the file, or leave them out by the mapping (--map): sensors: { "": null }`,
      )
    } else if (columns.length > 1)
      alike.push(
        `the columns ${columns.map(quoted).join(' and ')} would all be the sensor ${quoted(sensor)}: the mapping (--map) has to name them apart, under sensors`,
      )
  }
  return alike
}

const notInTags = 'a line end, or a backslash at its end, cannot be written in line protocol'
const isTagValue = (text: string): boolean => !/[\r\n]|\\$/.test(text)
