import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { defaultPlant } from '../../lib/plant/default-plant.ts'
import { makeTemporaryFolder, removeFolder } from '../../test/support/temporary-folder.ts'
import { type Ingestor, type IngestorOptions, startIngestor } from '../service.ts'

let ingestor: Ingestor
let folder: string
afterEach(async () => {
  await ingestor.close()
  await removeFolder(folder)
})

/** Nobody answers as a store: what is said about context does not need one. */
async function start(options: Partial<IngestorOptions> = {}): Promise<void> {
  folder = await makeTemporaryFolder()
  ingestor = await startIngestor({
    host: '127.0.0.1',
    port: 0,
    dataDir: folder,
    influx: { url: 'http://127.0.0.1:9', token: 'x', org: 'plantwatch', bucket: 'plant_raw' },
    operatorToken: 'operator',
    segmentBytes: 1 << 20,
    log: () => {},
    ...options,
  })
}
const api = async <T = unknown>(
  path: string,
  method = 'GET',
  body?: unknown,
  token = 'operator',
): Promise<readonly [status: number, answer: T]> => {
  const response = await fetch(`${ingestor.url}/api/v1/context/${path}`, {
    method,
    headers: { Authorization: `Token ${token}`, 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const answer = (await response.json()) as { message?: string }
  return [response.status, (response.ok ? answer : answer.message) as T]
}

it('shows intervals as posted, and the pieces that hold, by page and stretch', async () => {
  await start()
  const list = [
    { lot: '17', from: '2026-03-01T06:00:00Z' },
    { lot: '18', operator: 'Ada', from: '2026-03-01T08:00:00+01:00', to: '2026-03-01T08:00:00Z' },
  ]
  expect(await api('machines/press%201', 'PUT', list)).toEqual([200, { intervals: 2, machines: 1, changes: 3 }])
  const [, shown] = await api('machines/press%201?limit=2')
  expect(shown).toEqual({
    machine: 'press 1',
    intervals: [
      { lot: '17', from: '2026-03-01T06:00:00Z', to: null, revision: 1 },
      { lot: '18', operator: 'Ada', from: '2026-03-01T07:00:00Z', to: '2026-03-01T08:00:00Z', revision: 2 },
    ],
    pieces: [
      { lot: '17', from: '2026-03-01T06:00:00Z', to: '2026-03-01T07:00:00Z' },
      { lot: '18', operator: 'Ada', from: '2026-03-01T07:00:00Z', to: '2026-03-01T08:00:00Z' },
    ],
    links: { next: '/api/v1/context/machines/press%201?limit=2&offset=2' },
  })
  const [, rest] = await api('machines/press%201?from=2026-03-01T08:00:00Z')
  expect(rest).toMatchObject({ intervals: [{ lot: '17' }], pieces: [{ lot: '17', from: '2026-03-01T08:00:00Z' }] })
  const [, running] = await api('machines')
  expect(running).toMatchObject({
    machines: [{ machine: 'press 1', now: { lot: '17', to: null }, running: [{ lot: '17', revision: 1 }] }],
  })
})

it('lists the machines of the plant model also while nothing is known of them', async () => {
  await start({ plant: defaultPlant() })
  const [, { machines }] = await api<{ machines: { machine: string; now: null }[] }>('machines')
  const ids = defaultPlant().sites.flatMap((site) => site.lines.flatMap((line) => line.machines.map(({ id }) => id)))
  expect(machines.map(({ machine }) => machine).sort()).toEqual(ids.sort())
  expect(machines[0]!.now).toBeNull()
})

it('takes many machines at once, all or nothing, and names what is wrong', async () => {
  await start()
  const from = '2026-03-01T06:00:00Z'
  const good = { machine: 'a', lot: '1', from }
  expect(await api('intervals', 'POST', { intervals: [good, { machine: 'b', order: '1', from }] })).toEqual([
    200,
    { intervals: 2, machines: 2, changes: 2 },
  ])
  const wrong: [object, RegExp][] = [
    [{ machine: 'c', from }, /intervals\.1 says nothing/],
    [{ machine: 'c', lot: 'a\nb', from }, /control character/],
    [{ machine: 'c\t', lot: '1', from }, /control character/],
    [{ machine: 'c', lot: '1', from: 'now' }, /intervals\.1\.from: "now" is no time/],
    [{ machine: 'c', lot: '1', from: '2026-03-01T06:00:00' }, /a zone is needed/],
    [{ machine: 'c', lot: '1', from, to: from }, /intervals\.1\.to: the interval ends at or before its start/],
    [{ machine: 'c', lot: '1', from: '0001-01-01T00:00:00Z' }, /lies outside of 1677-09-21/],
    [{ machine: 'c', lot: '1', from, shift: 2 }, /shift/],
  ]
  for (const [one, message] of wrong)
    expect(await api('intervals', 'POST', { intervals: [{ ...good, machine: 'never' }, one] })).toEqual([
      400,
      expect.stringMatching(message),
    ])
  const [, { machines }] = await api<{ machines: { machine: string }[] }>('machines')
  expect(machines.map(({ machine }) => machine)).toEqual(['a', 'b'])
})

it('removes an interval for good, and says when there is none', async () => {
  await start()
  await api('machines/m', 'PUT', { lot: '17', from: '2026-03-01T06:00:00Z' })
  expect(await api('machines/m?from=2026-03-01T07:00:00%2B01:00', 'DELETE')).toEqual([
    200,
    { intervals: 1, machines: 1, changes: 1 },
  ])
  expect(await api('machines/m?from=2026-03-01T06:00:00Z', 'DELETE')).toEqual([
    404,
    'no interval of machine "m" starts at 2026-03-01T06:00:00Z',
  ])
  expect((await api('machines/m', 'PUT', { lot: '1', from: '2026-03-01T06:00:00Z' }, 'other'))[0]).toBe(401)
})

it('keeps pseudonyms alone where it is told to: no name comes into any file', async () => {
  await start({ pseudonymiseOperators: true })
  await api('machines/m', 'PUT', { operator: 'Ada Lovelace', from: '2026-03-01T06:00:00Z' })
  const [, { machines }] = await api<{ machines: { now: { operator: string } }[] }>('machines')
  const { operator } = machines[0]!.now
  expect(operator).toMatch(/^op-[0-9a-f]{10}$/)
  await api('machines/n', 'PUT', { operator, from: '2026-03-01T06:00:00Z' })
  expect((await api('machines/n'))[1]).toMatchObject({ pieces: [{ operator }] })
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) {
      // A file that is about to take another one's place may be gone by now.
      const bytes = await readFile(join(entry.parentPath, entry.name)).catch(() => Buffer.alloc(0))
      expect(bytes.includes('Lovelace')).toBe(false)
    }
})

it('is described, every address of it', async () => {
  await start()
  const document = (await (await fetch(`${ingestor.url}/api/v1/openapi.json`)).json()) as { paths: object }
  const own = Object.entries(document.paths).filter(([path]) => path.startsWith('/api/v1/context'))
  expect(Object.fromEntries(own.map(([path, item]) => [path, Object.keys(item as object)]))).toEqual({
    '/api/v1/context/machines': ['get'],
    '/api/v1/context/machines/{machine}': ['get', 'put', 'delete'],
    '/api/v1/context/intervals': ['post'],
    '/api/v1/context/audit': ['get'],
  })
})
