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

const read = async (text: string | Buffer, mapping = defaultMapping, name = 'press 7.csv') => {
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

  it('are read up to a quote that is never closed, which is named with the line its row begins on', async () => {
    const { rows, faults } = await read(
      ',a\n2019-01-01 00:00:00,"1"\n\n2019-01-01 00:00:01,2\n\n2019-01-01 00:00:02,"3\n2019-01-01 00:00:03,4\n',
    )
    expect(rows.map(({ values, line }) => [values, line])).toEqual([
      [['1'], 2],
      [['2'], 4],
    ])
    expect(faults).toEqual([
      {
        file: 'press 7.csv',
        line: 6,
        reason: 'a quote of the row that begins here is never closed; nothing is read from here on',
      },
    ])
  })

  it('refuse to guess how a file is written, and read it as the mapping says', async () => {
    const text = ',Öl [°C],€\n2019-01-01 00:00:00,1,2\n'
    const windows = Buffer.from(text.replace('€', '\x80'), 'latin1')
    const wide = Buffer.from(`\ufeff${text}`, 'utf16le')
    const garbled = await read(windows)
    expect(garbled).toEqual({
      rows: [],
      faults: [
        {
          file: 'press 7.csv',
          line: 1,
          reason:
            'not written in utf-8; nothing is read from here on; the mapping (--map) may say, for example, encoding: windows-1252',
        },
      ],
    })
    expect((await read(wide)).faults[0]!.reason).toContain('encoding: utf-16le')
    for (const unmarked of [wide.subarray(2), windows])
      expect((await read(unmarked)).faults[0]).toMatchObject({
        line: 1,
        reason: expect.stringContaining('not written in'),
      })
    for (const [encoding, bytes] of [
      ['windows-1252', windows],
      ['latin1', windows],
      ['utf-16le', wide],
      ['utf-8', Buffer.from(`\ufeff${text}`)],
    ] as const) {
      const { rows, faults } = await read(bytes, await mapped(`encoding: ${encoding}\n`))
      expect(faults).toEqual([])
      expect(rows[0]).toMatchObject({ sensors: ['Öl [°C]', '€'], values: ['1', '2'] })
    }
    const marked = await read(`\ufeff${text}`, await mapped('encoding: latin1\n'))
    expect(marked.faults[0]!.reason).toContain('encoding: utf-8')
    await expect(mapped('encoding: ebcdic\n')).rejects.toThrow('map.yaml: encoding')
  })

  it('are read up to the line that is not UTF-8, and no half of that line, with quotes and without, in large files too', async () => {
    for (const quote of ['', '"'])
      for (const before of [1, 8_737, 8_738, 20_000]) {
        const row = (n: number): string => `2019-01-01 00:00:00,${quote}${n}${quote},é\n`
        const good = [...Array(before).keys()].map(row).join('')
        const { rows, faults } = await read(
          Buffer.concat([
            Buffer.from(`,a,b\n${good}2019-01-01 00:00:00,5555`),
            Buffer.from([0xe9, 10]),
            Buffer.from(row(0)),
          ]),
          { ...defaultMapping, gaps: ['é'] },
        )
        expect([rows.length, rows.at(-1)!.values]).toEqual([before, [String(before - 1), null]])
        expect(faults.map(({ line }) => line)).toEqual([before + 2])
      }
  })

  it('name columns without a name, which are left out', async () => {
    const { rows, faults } = await read(',a,,b,\n2019-01-01 00:00:00,1,2,3,\n')
    expect(rows[0]).toMatchObject({ sensors: ['a', 'b'], values: ['1', '3'] })
    expect(faults.map(({ line, reason }) => `${line}: ${reason.slice(0, 21)}`)).toEqual([
      '1: column 3 has no name ',
      '1: column 5 has no name ',
    ])
    const asked = await read(',a,\n2019-01-01 00:00:00,1,\n', await mapped('sensors: { "": null }\n'))
    expect(asked.faults).toEqual([])
  })

  it('refuse a header in which two columns could be meant, unless neither is asked for', async () => {
    const told = async (text: string, yaml = '{}') => {
      const { rows, faults } = await read(text, await mapped(yaml))
      expect(rows).toEqual([])
      return faults.map(({ line, reason }) => `${line}: ${reason}`)
    }
    const end = '; nothing is read from here on'
    expect(await told(',a,b, a,c,c,c\n2019-01-01 00:00:00,1,2,3,4,5,6\n')).toEqual([
      `1: columns 2 and 4 are both called "a": rename all but one in the file, or leave them out by the mapping (--map): sensors: { "a": null }; columns 5, 6 and 7 are all called "c": rename all but one in the file, or leave them out by the mapping (--map): sensors: { "c": null }${end}`,
    ])
    const time = 't,a,t\n2019-01-01 00:00:00,1,2019-01-02 00:00:00\n'
    for (const yaml of ['time: { column: t }', 'time: { column: t }\nsensors: { t: null }'])
      expect(await told(time, yaml)).toEqual([
        `1: columns 1 and 3 are both called "t", where the times would be: rename all but one in the file${end}`,
      ])
    expect(await told('m,,a,m\nx,2019-01-01 00:00:00,1,y\n', 'machine: { column: m }')).toEqual([
      `1: columns 1 and 4 are both called "m", where the machines would be: rename all but one in the file${end}`,
    ])
    expect(await told(',a,b\n2019-01-01 00:00:00,1,2\n', 'sensors: { a: oil, b: oil }')).toEqual([
      `1: the columns "a" and "b" would all be the sensor "oil": the mapping (--map) has to name them apart, under sensors${end}`,
    ])
    expect(await told('t,a,,\n2019-01-01 00:00:00,1,2,3\n', 'time: { column: t }\nsensors: { "": x }')).toEqual([
      `1: columns 3 and 4 have no name and would all be the sensor "x": name them in the file, or leave them out by the mapping (--map): sensors: { "": null }${end}`,
    ])
    expect(await told(',a,\n2019-01-01 00:00:00,1,2\n', 'sensors: { "": a }')).toEqual([
      `1: the columns "a" and "" would all be the sensor "a": the mapping (--map) has to name them apart, under sensors${end}`,
    ])
    const named = await read(',a,\n2019-01-01 00:00:00,1,2\n', await mapped('sensors: { "": x }\n'))
    expect(named).toMatchObject({ rows: [{ sensors: ['a', 'x'], values: ['1', '2'] }], faults: [] })
    const asked = await read(',a,b,a\n2019-01-01 00:00:00,1,2,3\n', await mapped('sensors: { a: null }\n'))
    expect(asked).toMatchObject({ rows: [{ sensors: ['b'], values: ['2'] }], faults: [] })
  })

  it('know columns that are called as what every object has', async () => {
    const { rows, faults } = await read(',constructor,toString,__proto__\n2019-01-01 00:00:00,1,2,3\n')
    expect(faults).toEqual([])
    expect(rows[0]).toMatchObject({ sensors: ['constructor', 'toString', '__proto__'], values: ['1', '2', '3'] })
  })

  it('are told of on one line, whatever a cell holds, and shortened', async () => {
    const { faults } = await read(
      `,"a\nb",c\n2019-01-01 00:00:00,1,"x\ny\u2028z"\n"no\r\ntime",1,2\n2019-01-01 00:00:00,1,${'9'.repeat(400)}\n`,
      await mapped('sensors: { "a\\nb": d }\n'),
    )
    expect(faults.map(({ line, reason }) => `${line}: ${reason}`)).toEqual([
      '4: "x\\ny\\u2028z" in column "c" (sensor c) is no number',
      expect.stringMatching(/^6: "no\\r\\ntime" is no time/),
      `7: "${'9'.repeat(60)}…" in column "c" (sensor c) is no number`,
    ])
  })

  it('name a machine or sensor that line protocol cannot hold, and read the others', async () => {
    const { rows, faults } = await read(
      'm,,"a\nb",c\n"x\ny",2019-01-01 00:00:00,1,2\nz,2019-01-01 00:00:00,1,2\n',
      await mapped('machine: { column: m }\n'),
    )
    expect(rows.map(({ machine, sensors, values }) => [machine, sensors, values])).toEqual([['z', ['c'], ['2']]])
    expect(faults.map(({ line, reason }) => `${line}: ${reason.split(':')[0]}`)).toEqual([
      '2: column 3, "a\\nb", is left out until the mapping names its sensor',
      '4: "x\\ny" can be no machine\'s name',
    ])
  })
})

describe('an hour that the clock repeats', () => {
  const utc = async (header: string, rows: readonly string[], yaml: string): Promise<readonly string[]> => {
    const found = await read(`${header}\n${rows.join('\n')}\n`, await mapped(yaml))
    expect(found.faults).toEqual([])
    return found.rows.map(({ machine, timeNs }) => {
      const time = new Date(Number(timeNs / 1_000_000n)).toISOString().slice(5, 16)
      return machine === 'press 7' ? time : `${machine} ${time}`
    })
  }
  const berlin = 'time: { zone: Europe/Berlin, format: "dd.MM.yyyy HH:mm:ss" }\n'
  const at = (time: string): string => `27.10.2024 ${time}:00,1`
  const clock = (minute: number): string =>
    `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`

  it('is passed twice: hourly, by the minute, and newest first', async () => {
    const hourly = ['01:00', '02:00', '02:00', '03:00'].map(at)
    const expected = ['10-26T23:00', '10-27T00:00', '10-27T01:00', '10-27T02:00']
    expect(await utc(',a', hourly, berlin)).toEqual(expected)
    expect(await utc(',a', hourly.toReversed(), berlin)).toEqual(expected.toReversed())
    const minutes = [...Array(60).keys()]
    const wall = [...minutes.map((m) => 60 + m), ...minutes.map((m) => 120 + m), ...minutes.map((m) => 120 + m), 180]
    const byMinute = wall.map(clock).map(at)
    const instants = wall.map((_, m) => new Date(Date.UTC(2024, 9, 26, 23, m)).toISOString().slice(5, 16))
    expect(await utc(',a', byMinute, berlin)).toEqual(instants)
    expect(await utc(',a', byMinute.toReversed(), berlin)).toEqual(instants.toReversed())
  })

  it('is told apart for each machine by itself', async () => {
    const rows = ['A,02:00', 'B,02:30', 'A,02:45', 'B,02:30', 'A,02:15', 'C,02:10', 'B,02:50', 'A,03:00'].map((row) => {
      const [machine, time] = row.split(',')
      return `${machine},27.10.2024 ${time}:00,1`
    })
    expect(await utc('m,,a', rows, `${berlin}machine: { column: m }\n`)).toEqual([
      'A 10-27T00:00',
      'B 10-27T00:30',
      'A 10-27T00:45',
      'B 10-27T01:30',
      'A 10-27T01:15',
      'C 10-27T00:10',
      'B 10-27T01:50',
      'A 10-27T02:00',
    ])
  })

  it('is as long as its zone’s change: half an hour on Lord Howe', async () => {
    const rows = ['01:15', '01:45', '01:45', '02:15'].map((time) => `2024-04-07 ${time}:00,1`)
    expect(await utc(',a', rows, 'time: { zone: Australia/Lord_Howe }\n')).toEqual([
      '04-06T14:15',
      '04-06T14:45',
      '04-06T15:15',
      '04-06T15:45',
    ])
  })

  it('changes nothing for rows that repeat another time, that have no such hour, or that name their zone or no hour', async () => {
    expect(await utc(',a', ['01:30', '03:00', '03:00', '01:30'].map(at), berlin)).toEqual([
      '10-26T23:30',
      '10-27T02:00',
      '10-27T02:00',
      '10-26T23:30',
    ])
    const spring = ['2024-03-31 01:30:00,1', '2024-03-31 03:30:00,1', '2024-03-31 03:30:00,1']
    expect(await utc(',a', spring, 'time: { zone: Europe/Berlin }\n')).toEqual([
      '03-31T00:30',
      '03-31T01:30',
      '03-31T01:30',
    ])
    const zoned = ['2024-10-27T02:30:00+02:00,1', '2024-10-27T02:30:00+02:00,1', '2024-10-27T02:30:00+01:00,1']
    expect(await utc(',a', zoned, 'time: { zone: Europe/Berlin }\n')).toEqual([
      '10-27T00:30',
      '10-27T00:30',
      '10-27T01:30',
    ])
    // Havana's clock shows midnight twice.
    const days = ['2024-11-03,1', '2024-11-03,1', '2024-11-04,1']
    expect(await utc(',a', days, 'time: { zone: America/Havana }\n')).toEqual([
      '11-03T04:00',
      '11-03T04:00',
      '11-04T05:00',
    ])
  })
})

describe('a mapping', () => {
  it('is refused with everything that is wrong in it', async () => {
    await expect(
      mapped('tiem: {}\ntime: { format: "HH:mm", zone: Mars/Olympus }\nmachine: { fileName: "machine_.*" }\n'),
    ).rejects.toThrow(
      /map\.yaml: time\.format: .*names no yyyy[\s\S]*map\.yaml: time\.zone: is no time zone like Europe\/Berlin[\s\S]*map\.yaml: machine[\s\S]*tiem/,
    )
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
