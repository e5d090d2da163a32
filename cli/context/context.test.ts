import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { defaultContextMapping, readContextMapping } from './mapping.ts'
import { readContextRows } from './rows.ts'

const file = async (text: string | Buffer, name = 'lots.csv'): Promise<string> => {
  const path = join(await temporaryFolder(), name)
  await writeFile(path, text)
  return path
}

it('reads intervals, open ones too, in columns of any order', async () => {
  const path = await file(
    'from,machine,lot,operator,to\n2026-03-01T06:00:00+01:00,press-1,17,Ada,\n2026-03-01,m,,B,2026-03-02\n',
  )
  expect(await readContextRows(path, defaultContextMapping)).toEqual({
    rows: [
      { machine: 'press-1', lot: '17', operator: 'Ada', from: '2026-03-01T05:00:00Z' },
      { machine: 'm', operator: 'B', from: '2026-03-01T00:00:00Z', to: '2026-03-02T00:00:00Z' },
    ],
    lines: [2, 3],
    faults: [],
  })
})

it('names every fault with file and line', async () => {
  const path = await file(
    'machine,lot,from,to\n,1,2026-03-01,\nm,,2026-03-01,\nm,1,yesterday,\nm,1,2026-03-02,2026-03-01\nm,1,2026-03-01,soon\nm,a\tb,2026-03-01,\n',
  )
  const { rows, faults } = await readContextRows(path, defaultContextMapping)
  expect(rows).toEqual([])
  expect(faults.map((fault) => fault.slice(path.length))).toEqual([
    ':2: there is no machine',
    ':3: neither lot, product, operator nor order is said',
    ':4: "yesterday" is no time (from; expected: 2019-01-31 13:45:00.000000000, UTC where no zone is named; the mapping may say another format)',
    ':5: the interval ends at or before its start',
    ':6: "soon" is no time (to; expected: 2019-01-31 13:45:00.000000000, UTC where no zone is named; the mapping may say another format)',
    ':7: "a\\tb" holds a control character or ends with a backslash',
  ])
})

it('reads a file of another system by a mapping, its local times too', async () => {
  const mapping = await readContextMapping(
    await file(
      'delimiter: ";"\ncolumns: {machine: Maschine, lot: Charge, from: Beginn, to: Ende}\ntime: {format: "dd.MM.yyyy HH:mm", zone: Europe/Berlin}\n',
      'map.yaml',
    ),
  )
  const path = await file('Maschine;Charge;Beginn;Ende\nPresse 1;17;1.7.2026 06:00;1.7.2026 14:00\n')
  expect((await readContextRows(path, mapping)).rows).toEqual([
    { machine: 'Presse 1', lot: '17', from: '2026-07-01T04:00:00Z', to: '2026-07-01T12:00:00Z' },
  ])
})

it('says what is missing in a header, and where', async () => {
  const path = await file('a;b\n1;2\n')
  await expect(readContextRows(path, defaultContextMapping)).rejects.toThrow(
    `${path}:1: no column "machine" and no column "from" among a;b (delimiter ",")`,
  )
})

const mapped = async (yaml: string) => readContextMapping(await file(yaml, 'map.yaml'))

it('refuses to guess how a file is written, and reads it as the mapping says', async () => {
  const text = 'machine,lot,from\nÖlpresse,€1,2026-03-01\n'
  const windows = await file(Buffer.from(text.replace('€', '\x80'), 'latin1'))
  const wide = await file(Buffer.from(`\ufeff${text}`, 'utf16le'))
  const told = async (path: string, mapping = defaultContextMapping) =>
    (await readContextRows(path, mapping)).faults.map((fault) => fault.slice(path.length))
  expect(await told(windows)).toEqual([
    ':2: not written in utf-8; nothing is read from here on; the mapping (--map) may say, for example, encoding: windows-1252',
  ])
  expect((await told(wide))[0]).toContain(':1: not written in utf-8')
  expect((await told(wide))[0]).toContain('encoding: utf-16le')
  for (const [encoding, path] of [
    ['windows-1252', windows],
    ['latin1', windows],
    ['utf-16le', wide],
    ['utf-8', await file(`\ufeff${text}`)],
  ] as const) {
    const { rows, faults } = await readContextRows(path, await mapped(`encoding: ${encoding}\n`))
    expect(faults).toEqual([])
    expect(rows).toEqual([{ machine: 'Ölpresse', lot: '€1', from: '2026-03-01T00:00:00Z' }])
  }
})

it('names a quote that is never closed with its line', async () => {
  const path = await file('machine,lot,from\nm,1,2026-03-01\nm,"2,2026-03-02\n')
  expect((await readContextRows(path, defaultContextMapping)).faults).toEqual([
    `${path}:3: a quote of the row that begins here is never closed; nothing is read from here on`,
  ])
})

it('refuses a header in which two columns could be meant, unless neither is asked for', async () => {
  const path = await file('machine,lot,lot ,from,note,from,note,from\nm,1,2,2026-03-01,x,2026-03-02,y,\n')
  await expect(readContextRows(path, defaultContextMapping)).rejects.toThrow(
    [
      `${path}:1: columns 2 and 3 are both called "lot", where the lot would be: rename all but one in the file, or name another column by the mapping (--map), columns: { lot: … }`,
      `${path}:1: columns 4, 6 and 8 are all called "from", where the from would be: rename all but one in the file, or name another column by the mapping (--map), columns: { from: … }`,
    ].join('\n'),
  )
  const unused = await file('machine,lot,from,note,note\nm,1,2026-03-01,x,y\n')
  expect((await readContextRows(unused, defaultContextMapping)).rows).toHaveLength(1)
  await expect(readContextRows(unused, await mapped('columns: { product: note }\n'))).rejects.toThrow(
    'columns 4 and 5 are both called "note", where the product would be',
  )
})

it('reads no column as two things: what the mapping gives to one is no default of another', async () => {
  const path = await file('machine,order,from\nm,17,2026-03-01\n')
  const { rows } = await readContextRows(path, await mapped('columns: { lot: order }\n'))
  expect(rows).toEqual([{ machine: 'm', lot: '17', from: '2026-03-01T00:00:00Z' }])
  const swapped = await file('machine,order,lot,from\nm,17,b,2026-03-01\n')
  expect((await readContextRows(swapped, await mapped('columns: { lot: order, order: lot }\n'))).rows).toEqual([
    { machine: 'm', lot: '17', order: 'b', from: '2026-03-01T00:00:00Z' },
  ])
})

it('refuses a mapping that gives one column to two things, or that of the machine or start away', async () => {
  await expect(mapped('columns: { lot: Nr, order: Nr, product: Art, to: Nr }\n')).rejects.toThrow(
    /map\.yaml: columns\.order: the column "Nr" is named as lot already\n.*map\.yaml: columns\.to: the column "Nr" is named as lot already$/,
  )
  await expect(mapped('columns: { lot: machine, to: from }\n')).rejects.toThrow(
    /map\.yaml: columns\.machine: has to name a column: "machine" is named as lot\n.*map\.yaml: columns\.from: has to name a column: "from" is named as to$/,
  )
})

it('refuses a mapping with everything that is wrong in it', async () => {
  await expect(mapped('encoding: ebcdic\ntime: { format: "HH:mm", zone: Mars/Olympus }\n')).rejects.toThrow(
    /map\.yaml: encoding: [\s\S]*map\.yaml: time\.format: .*names no yyyy, MM and dd[\s\S]*map\.yaml: time\.zone: is no time zone/,
  )
})

it('refuses a file without a column that the mapping names: without its end everything would still run', async () => {
  const path = await file('machine,lot,from,end\nm,1,2026-03-01,2026-03-02\n')
  await expect(readContextRows(path, await mapped('columns: { to: Ende }\n'))).rejects.toThrow(
    `${path}:1: no column "Ende" among machine, lot, from, end`,
  )
})

it('refuses a row that has other columns than the header: a torn one would say that a lot still runs', async () => {
  const path = await file('machine,lot,from,to\nm,1,2026-03-01\nm,1,a,2026-03-01,2026-03-02\nm,1,2026-03-01,\n')
  const { rows, faults } = await readContextRows(path, defaultContextMapping)
  expect(faults).toEqual([`${path}:2: 3 columns, but the header has 4`, `${path}:3: 5 columns, but the header has 4`])
  expect(rows).toEqual([{ machine: 'm', lot: '1', from: '2026-03-01T00:00:00Z' }])
})
