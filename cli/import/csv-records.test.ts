import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeTemporaryFolder, removeFolder } from '../../test/support/temporary-folder.ts'
import { type CsvRecord, csvRecords } from './csv-records.ts'

let folder: string
beforeAll(async () => {
  folder = await makeTemporaryFolder()
})
afterAll(() => removeFolder(folder))

const read = async (text: string, delimiter = ','): Promise<readonly CsvRecord[]> => {
  const path = join(folder, 'export.csv')
  await writeFile(path, text)
  const records: CsvRecord[] = []
  for await (const some of csvRecords(path, delimiter, () => {})) records.push(...some)
  return records
}

describe('records of a CSV file', () => {
  it('keep their lines, with quotes from the middle on and an end of line within one', async () => {
    expect(await read('\ufeffa;b\r\n\r\n1;2\r\n"x\ny";"3;4"\r\n5;6', ';')).toEqual([
      { cells: ['a', 'b'], line: 1 },
      { cells: ['1', '2'], line: 3 },
      { cells: ['x\ny', '3;4'], line: 5 },
      { cells: ['5', '6'], line: 6 },
    ])
  })

  it('are those of the library, whether or not it was asked', async () => {
    const cell = fc.oneof(
      fc.stringMatching(/^[a-z0-9. é]{0,6}$/),
      fc.stringMatching(/^[a-z,\n]{0,5}$/).map((text) => `"${text}"`),
    )
    const file = fc.array(fc.array(cell, { minLength: 1, maxLength: 4 }), { maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(file, fc.constantFrom('\n', '\r\n'), async (rows, end) => {
        const text = rows.map((row) => row.join(',')).join(end)
        const expected = parse(text, { relax_column_count: true, relax_quotes: true, skip_empty_lines: true })
        expect((await read(text)).map(({ cells }) => cells)).toEqual(expected)
      }),
      { numRuns: 200 },
    )
  })
})
