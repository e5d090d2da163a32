import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { makeTemporaryFolder, removeFolder } from '../../test/support/temporary-folder.ts'
import { type Store, startStore } from '../service.ts'

/** A byte order mark: at the start of a file it is none of its text, anywhere else it is a letter. */
const mark = '\uFEFF'
const headers = { Authorization: 'Token operator' }
const startNs = 1000

let folder: string
let store: Store
const start = async (): Promise<void> => {
  const bootstrap = { org: 'works', bucket: 'plant', token: 'operator' }
  store = await startStore({ host: '127.0.0.1', port: 0, dataDir: join(folder, 'store'), bootstrap, log: () => {} })
}
beforeEach(async () => {
  folder = await makeTemporaryFolder()
  await start()
})
afterEach(async () => {
  await store.close()
  await removeFolder(folder)
})

async function write(lines: string): Promise<void> {
  const url = `${store.url}/api/v2/write?org=works&bucket=plant`
  expect((await fetch(url, { method: 'POST', headers, body: lines })).status).toBe(204)
}

/** The answer's bytes as text, with every mark that is in them. */
async function ask(more = ''): Promise<string> {
  const response = await fetch(`${store.url}/api/v2/query?org=works`, {
    method: 'POST',
    headers: { ...headers, 'Content-Type': 'application/vnd.flux' },
    body: `from(bucket: "plant") |> range(start: 0, stop: 1) |> drop(columns: ["_start", "_stop"])${more}`,
  })
  expect(response.status).toBe(200)
  return Buffer.from(await response.arrayBuffer()).toString('utf8')
}

it('keeps a byte order mark that a text begins with, however long the text, now and after a restart', async () => {
  const values = ['', 'v', mark, 'twelve by', 'longer than twelve bytes', 'x'.repeat(5000)].map((text) => mark + text)
  values.push(`a${mark}`, '', 'plain', 'ﻠno mark though its first byte is the same', 'ﻨ')
  await write(values.map((value, i) => `m s="${value}" ${startNs + i}`).join('\n'))
  const cells = async (): Promise<string[]> =>
    (await ask())
      .split('\r\n')
      .slice(1)
      .filter((line) => line !== '')
      .map((line) => line.split(',')[4]!)
  expect(await cells()).toHaveLength(values.length)
  const unquoted = async (): Promise<string[]> => (await cells()).map((cell) => cell.replace(/^"(.*)"$/, '$1'))
  expect(await unquoted()).toEqual(values)
  await store.close()
  await start()
  expect(await unquoted()).toEqual(values)
  expect((await ask(`|> filter(fn: (r) => r._value == "${mark}v")`)).split('\r\n')).toHaveLength(4)
})

it('keeps one in the names of measurements, tags and fields and in tag values, now and after a restart', async () => {
  const line = `${mark}m,${mark}t=${mark}u ${mark}f=1`
  await write(`${line} ${startNs}`)
  const expected = [
    `,result,table,_time,_value,_field,_measurement,${mark}t`,
    `,_result,0,1970-01-01T00:00:00.000001Z,1,${mark}f,${mark}m,${mark}u`,
  ]
  const rows = async (): Promise<string[]> => (await ask()).split('\r\n').filter((row) => row !== '')
  expect(await rows()).toEqual(expected)
  await store.close()
  await start()
  expect(await rows()).toEqual(expected)
  // The series that was there is the one that is written to: no other one of the same name.
  await write(`${line} ${startNs}`)
  expect(await rows()).toEqual(expected)
})
