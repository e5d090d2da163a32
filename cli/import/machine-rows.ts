import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import { parse } from 'csv-parse'
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
 * Rows of one file, as they are read.
 * @param onFault a row or cell that cannot be read; the rest of its row is still read unless its time or machine is wrong
 * @param onBytes how far the file is read, in bytes
 * @throws OtherKindOfFile, and the file system's errors
 */
export async function* machineRows(
  path: string,
  mapping: Mapping,
  onFault: (fault: Fault) => void,
  onBytes: (bytes: number) => void,
): AsyncGenerator<MachineRow> {
  const file = basename(path)
  const input = createReadStream(path, { highWaterMark: 256 << 10 })
  const parser = input.pipe(
    parse({
      delimiter: mapping.delimiter,
      bom: true,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      info: true,
    }),
  )
  input.on('data', () => onBytes(input.bytesRead))
  input.on('error', (error) => parser.destroy(error))
  const readTime = timeReader(mapping.time.format, mapping.time.zone)
  const gaps = new Set(['', ...mapping.gaps])
  let layout: Layout | null = null
  for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
    const line = info.lines
    if (layout === null) {
      layout = layoutOf(record, file, mapping)
      continue
    }
    if (record.length !== layout.columns) {
      onFault({ file, line, reason: `${record.length} columns, but the header has ${layout.columns}` })
      continue
    }
    const timeNs = readTime(record[layout.timeAt]!.trim())
    if (timeNs === null) {
      onFault({ file, line, reason: `"${record[layout.timeAt]}" is no time (expected: ${expectedTime(mapping)})` })
      continue
    }
    const machine = layout.machineAt === null ? layout.machine! : record[layout.machineAt]!.trim()
    if (machine === '') {
      onFault({ file, line, reason: 'the machine column is empty' })
      continue
    }
    const values = layout.sensorAt.map((at, index) => {
      const text = record[at]!.trim()
      if (gaps.has(text)) return null
      const number = (mapping.decimal === ',' ? text.replace(',', '.') : text).replace(/^\+/, '')
      if (numberPattern.test(number) && Number.isFinite(Number(number))) return number
      onFault({
        file,
        line,
        reason: `"${text}" in column "${layout!.header[at]}" (sensor ${layout!.sensors[index]}) is no number`,
      })
      return null
    })
    yield { machine, timeNs, values, sensors: layout.sensors, line }
  }
  if (layout === null) throw new OtherKindOfFile('it is empty')
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
