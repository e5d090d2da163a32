import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Ingestor, startIngestor } from '../ingestor/service.ts'
import { defaultPlant } from '../lib/plant/default-plant.ts'
import type { Store } from '../store/service.ts'
import { sharedPath } from '../test/support/shared.ts'
import { runCommand, settled } from '../test/support/stack.ts'
import { startTestStore } from '../test/support/store.ts'
import { makeTemporaryFolder, removeFolder, temporaryFolder } from '../test/support/temporary-folder.ts'

let store: Store
let ingestor: Ingestor
let folder: string

beforeAll(async () => {
  store = await startTestStore({ bootstrap: { org: 'plantwatch', bucket: 'plant_raw', token: 'operator' } })
  const headers = { Authorization: 'Token operator', 'Content-Type': 'application/json' }
  const { orgs } = (await (await fetch(`${store.url}/api/v2/orgs`, { headers })).json()) as { orgs: { id: string }[] }
  await fetch(`${store.url}/api/v2/buckets`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ name: 'plant_quarantine', orgID: orgs[0]!.id, retentionRules: [] }),
  })
  folder = await makeTemporaryFolder()
  ingestor = await startIngestor({
    host: '127.0.0.1',
    port: 0,
    dataDir: folder,
    influx: { url: store.url, token: 'operator', org: 'plantwatch', bucket: 'plant_raw' },
    operatorToken: 'operator',
    plant: defaultPlant(),
    segmentBytes: 4 << 20,
    log: () => {},
  })
})
afterAll(async () => {
  await ingestor.close()
  await store.close()
  await removeFolder(folder)
})

const write = (body: string, token = 'operator') =>
  fetch(`${ingestor.url}/api/v2/write?org=plantwatch&bucket=plant_raw`, {
    method: 'POST',
    body,
    headers: { Authorization: `Token ${token}` },
  })
const run = (...words: string[]) => runCommand(words, { PLANTWATCH_URL: ingestor.url, PLANTWATCH_TOKEN: 'operator' })
const json = async (...words: string[]) => {
  const { status, output, errors } = await run(...words, '--json')
  return { status, answer: JSON.parse(output === '' ? errors : output) as unknown }
}

it('dead letters are listed, shown, mended, replayed and put aside from the command line', async () => {
  expect((await write('m v=1x 5\nm v= 6\nm v=3 7\nm v=1y 8')).status).toBe(422)
  const listed = await run('dead-letter', 'list')
  expect(listed.output).toMatch(/^id +at +reason +state +source +line +message +text\n/)
  expect(listed.output).toContain('m v=1x 5')
  expect(listed.output).toContain('\nopen: 3 syntax\n')
  expect((await run('dead-letter', 'list', '--limit', '2')).output).toContain('there are more: --offset 2')
  const { answer } = (await json('dead-letter', 'list')) as { answer: { dead_letters: { id: number }[] } }
  const [third, second, first] = answer.dead_letters.map(({ id }) => String(id)) as [string, string, string]
  const shown = await run('dead-letter', 'show', first)
  expect(shown.output).toMatch(/^id: +\d+\nat: /)
  expect(shown.output).toContain('reason:    syntax\n')
  expect((await run('dead-letter', 'show', first, '--text')).output).toBe('m v=1x 5')
  expect(await run('dead-letter', 'replay', first)).toMatchObject({ status: 1, output: '' })
  const mended = join(await temporaryFolder(), 'mended.txt')
  await writeFile(mended, 'm v=1 5\n')
  expect(await run('dead-letter', 'replay', first, '--file', mended)).toMatchObject({
    status: 0,
    output: `letter ${first} is stored now\n`,
  })
  expect(await json('dead-letter', 'replay', '--all')).toMatchObject({
    status: 1,
    answer: { replayed: 0, failed: [{ id: Number(second) }, { id: Number(third) }] },
  })
  expect((await json('dead-letter', 'discard', second)).answer).toEqual({ discarded: 1 })
  expect((await json('dead-letter', 'discard', '--reason', 'syntax')).answer).toEqual({ discarded: 1 })
  expect((await run('dead-letter', 'list')).output).toContain('no letter is open')
  expect((await run('dead-letter', 'list', '--state', 'replayed')).output).toContain(
    `\n${' '.repeat(2 - first.length)}${first}`,
  )
})

it('tokens are made, listed and revoked from the command line', async () => {
  const made = await run(
    'token',
    'create',
    'press 1',
    '--machine',
    'press-1',
    '--measurement',
    'temperature,electricity',
    '--tags',
    'site=a',
  )
  expect([made.status, made.output]).toEqual([0, expect.stringMatching(/^[\w-]{43}\n$/)])
  const token = made.output.trim()
  expect((await write('temperature value=1 5', token)).status).toBe(204)
  expect((await write('pressure value=1 5', token)).status).toBe(400)
  const { output } = await run('token', 'list')
  expect(output).toMatch(/press 1 .* all +temperature,electricity +site=a,machine=press-1/)
  expect(output).not.toContain(token)
  const id = /^[0-9a-f]{16}/m.exec(output)![0]
  expect((await json('token', 'revoke', id)).answer).toEqual({ revoked: id })
  expect((await write('temperature value=1 5', token)).status).toBe(401)
  expect(await json('token', 'revoke', id)).toEqual({
    status: 1,
    answer: { code: 'not found', message: `there is no token ${id}` },
  })
  await run('dead-letter', 'discard', '--all')
})

it('the quarantine is listed and released from the command line', async () => {
  expect((await write('temperature,machine=press-1,sensor=motor value=900 1767225600000000000')).status).toBe(204)
  await settled({ url: ingestor.url, token: 'operator' })
  const { output } = await run('quarantine', 'list', '--machine', 'press-1')
  expect(output).toMatch(
    /^time +measurement +machine +sensor +value\n.*\n2026-01-01T00:00:00Z +temperature +press-1 +motor +900\n/,
  )
  expect((await run('quarantine', 'list', '--to', '2026-01-01')).output).toBe('none\n')
  expect((await json('quarantine', 'release', '--sensor', 'motor')).answer).toEqual({ released: 1 })
  expect((await json('quarantine', 'list')).answer).toEqual({ points: [], links: {} })
})

it('the quarantine is discarded from the command line, where somebody says which or all', async () => {
  const lines = [0, 1, 2].map((i) => `temperature,machine=press-1,sensor=motor value=90${i} 176722560${i}000000000`)
  expect((await write(lines.join('\n'))).status).toBe(204)
  await settled({ url: ingestor.url, token: 'operator' })
  expect(await run('quarantine', 'discard')).toMatchObject({
    status: 2,
    output: '',
    errors: expect.stringContaining('say which: --machine'),
  })
  expect((await run('quarantine', 'discard', '--sensor', 'motor', '--all')).status).toBe(2)
  const two = await json('quarantine', 'discard', '--from', '2026-01-01T00:00:01Z')
  expect(two).toEqual({ status: 0, answer: { discarded_values: 2 } })
  expect((await run('quarantine', 'list')).output).toContain('900')
  expect((await run('quarantine', 'discard', '--all')).output).toBe('1 value deleted for good\n')
  expect((await json('quarantine', 'list')).answer).toEqual({ points: [], links: {} })
})

it('a file of energy events is read without a server', async () => {
  const file = join(await temporaryFolder(), 'events.txt')
  await writeFile(file, 'Device: ID=7; Power: Active=1,5kW; Peaks: 1;2;3; UTC Time: 2016-10-4 16:47:50\n\nnonsense\n')
  const people = await runCommand(['energy', 'parse', file])
  expect(people.status).toBe(1)
  expect(people.output).toMatch(
    /^time +sensor +active_power +peaks\n.*\n2016-10-04T16:47:50Z +7 +1500 +3\n\n1 event, 1 rejected\n$/,
  )
  expect(people.errors).toBe('line 3: "nonsense" has no key\n')
  const programs = await runCommand(['energy', 'parse', '--json'], {}, readFileSync(file, 'utf8'))
  expect(JSON.parse(programs.output)).toEqual({
    events: [{ time: '2016-10-04T16:47:50Z', sensor: '7', active_power: 1500, peak_1: 1, peak_2: 2, peak_3: 3 }],
    rejected: [{ line: 3, reason: '"nonsense" has no key' }],
  })
})

const real = sharedPath('data', 'devgrid', 'events.txt')
it.skipIf(real === null)('a real sensor’s file is read whole', async () => {
  const { status, output } = await runCommand(['energy', 'parse', real!, '--json'])
  const { events, rejected } = JSON.parse(output) as { events: { active_power: number }[]; rejected: unknown[] }
  expect([status, events.length, rejected.length]).toEqual([0, 1_000, 0])
})

it.each([
  [['dead-letter', 'replay'], 'say which: the number of a letter, --reason or --all'],
  [['dead-letter', 'replay', '1', '--all'], 'say which'],
  [['dead-letter', 'replay', '--all', '--text', 'm v=1'], 'mend one letter'],
  [['dead-letter', 'show', 'x'], '"x" is no number of a dead letter'],
  [['dead-letter', 'list', '--limit', '0'], '--limit: "0" is no whole number from 1 on'],
  [['quarantine', 'release'], 'say which: --machine'],
  [['quarantine', 'list', '--from', 'x'], '--from: "x" is no time'],
  [['token', 'create', 'x', '--tags', 'site'], '--tags: "site" is no name=value'],
  [['energy', 'parse', '/nowhere'], 'there is no file /nowhere'],
])('%j is refused with a sentence', async (words, sentence) => {
  const { status, errors } = await run(...words)
  expect(errors).toContain(sentence)
  expect(status).toBe(2)
})
