import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { defaultContextMapping, readContextMapping } from './mapping.ts'
import { readContextRows } from './rows.ts'

const file = async (text: string, name = 'lots.csv'): Promise<string> => {
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
    ':4: "yesterday" is no time (from)',
    ':5: the interval ends at or before its start',
    ':6: "soon" is no time (to)',
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
