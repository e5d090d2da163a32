import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Fault, type MachineRow, machineRows } from './machine-rows.ts'
import { defaultMapping, fileNameTest, readMapping } from './mapping.ts'
import { timeReader } from './read-time.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plantwatch-import-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const read = async (text: string, mapping = defaultMapping, name = 'press 7.csv') => {
  await writeFile(join(folder, name), text)
  const rows: MachineRow[] = []
  const faults: Fault[] = []
  for await (const some of machineRows(
    join(folder, name),
    mapping,
    (fault) => faults.push(fault),
    () => {},
  ))
    rows.push(...some)
  return { rows, faults }
}
const mapped = async (yaml: string) => {
  await writeFile(join(folder, 'map.yaml'), yaml)
  return readMapping(join(folder, 'map.yaml'))
}

describe('rows of a machine export', () => {
  it('take the machine from the file name, keep nanoseconds and the digits of each number', async () => {
    const { rows, faults } = await read(',0,1\n2019-01-01 08:00:09.603201067,12.626096305040832,-1e-3\n')
    expect(faults).toEqual([])
    expect(rows).toEqual([
      {
        machine: 'press 7',
        timeNs: 1_546_329_609_603_201_067n,
        values: ['12.626096305040832', '-1e-3'],
        sensors: ['0', '1'],
        line: 2,
      },
    ])
  })

  it('name file and line of whatever does not parse, and read the rest', async () => {
    const { rows, faults } = await read(
      ',0,1\n2019-01-01 00:00:00,1,2\nyesterday,1,2\n2019-01-01 00:00:02,x,4\n2019-01-01 00:00:03,1\n2019-02-30 00:00:00,1,2\n',
    )
    expect(rows.map(({ values }) => values)).toEqual([
      ['1', '2'],
      [null, '4'],
    ])
    expect(faults.map(({ file, line, reason }) => `${file}:${line}: ${reason}`)).toEqual([
      'press 7.csv:3: "yesterday" is no time (expected: 2019-01-31 13:45:00.000000000, UTC where no zone is named)',
      'press 7.csv:4: "x" in column "0" (sensor 0) is no number',
      'press 7.csv:5: 2 columns, but the header has 3',
      'press 7.csv:6: "2019-02-30 00:00:00" is no time (expected: 2019-01-31 13:45:00.000000000, UTC where no zone is named)',
    ])
  })

  it('take an empty cell and NaN as a gap, never as zero', async () => {
    const { rows, faults } = await read(',a,b\n2019-01-01 00:00:00,,NaN\n')
    expect(rows[0]!.values).toEqual([null, null])
    expect(faults).toEqual([])
  })

  it('refuse a file without the time column as another kind of file', async () => {
    await expect(read('machine,fault\n0,201\n')).rejects.toThrow('no column of its header has an empty name')
    await expect(read('')).rejects.toThrow('it is empty')
  })

  it('follow a mapping: names, decimal comma, zone, machine in a column, columns left out', async () => {
    const mapping = await mapped(`
delimiter: ";"
decimal: ","
time: { column: Zeit, format: "dd.MM.yyyy HH:mm:ss", zone: Europe/Berlin }
machine: { column: Anlage }
sensors: { "Temp [°C]": oil, Bemerkung: null }
`)
    const { rows, faults } = await read(
      'Zeit;Anlage;Temp [°C];Bemerkung;Druck\n1.7.2024 12:00:00;M1;71,5;heiß;+2\n31.10.2024 01:00:00;M2;1;;3\n',
      mapping,
    )
    expect(faults).toEqual([])
    expect(
      rows.map(({ machine, timeNs, values, sensors }) => [
        machine,
        new Date(Number(timeNs / 1_000_000n)).toISOString(),
        values,
        sensors,
      ]),
    ).toEqual([
      ['M1', '2024-07-01T10:00:00.000Z', ['71.5', '2'], ['oil', 'Druck']],
      ['M2', '2024-10-31T00:00:00.000Z', ['1', '3'], ['oil', 'Druck']],
    ])
  })
})

describe('a mapping', () => {
  it('is refused with everything that is wrong in it', async () => {
    await expect(
      mapped('tiem: {}\ntime: { zone: Mars/Olympus }\nmachine: { fileName: "machine_.*" }\n'),
    ).rejects.toThrow(/map\.yaml: time\.zone: is no time zone like Europe\/Berlin[\s\S]*map\.yaml: machine[\s\S]*tiem/)
  })

  it('chooses files by name', () => {
    expect(['a.csv', 'b.CSV', 'c.csv.gz', 'acsv'].filter(fileNameTest('*.csv'))).toEqual(['a.csv', 'b.CSV'])
  })
})

describe('times', () => {
  const ns = (format: string, zone: string, text: string) => timeReader(format, zone)(text)
  it('without a zone are the mapping’s, with one their own', () => {
    expect(ns('iso', 'UTC', '2024-07-01T12:00:00')).toBe(1_719_835_200_000_000_000n)
    expect(ns('iso', 'Europe/Berlin', '2024-07-01 12:00:00.000000001')).toBe(1_719_828_000_000_000_001n)
    expect(ns('iso', 'Europe/Berlin', '2024-07-01T12:00:00Z')).toBe(1_719_835_200_000_000_000n)
    expect(ns('iso', 'Europe/Berlin', '2024-07-01')).toBe(1_719_784_800_000_000_000n)
  })
  it('take the first of an hour that comes twice', () => {
    expect(ns('iso', 'Europe/Berlin', '2024-10-27 02:30:00')).toBe(BigInt(Date.UTC(2024, 9, 27, 0, 30)) * 1_000_000n)
  })
  it('of Unix keep every digit', () => {
    expect(ns('unix s', 'UTC', '1719835200.000000001')).toBe(1_719_835_200_000_000_001n)
    expect(ns('unix ms', 'UTC', '-1')).toBe(-1_000_000n)
    expect(ns('unix ms', 'UTC', '12e3')).toBeNull()
  })
  it('of a pattern need a whole date', () => {
    expect(() => timeReader('HH:mm', 'UTC')).toThrow('names no yyyy, MM and dd')
    expect(ns('yyyyMMdd-HHmmss.f', 'UTC', '20240701-120000.5')).toBe(1_719_835_200_500_000_000n)
  })
})
