import { afterAll, beforeAll, expect, it } from 'vitest'
import { listen } from '../lib/http/listen.ts'
import { type StartedService, startService } from '../test/support/service.ts'
import { runCommand, startStack } from '../test/support/stack.ts'
import { makeTemporaryFolder, removeFolder } from '../test/support/temporary-folder.ts'

let folder: string
let store: StartedService
let environment: Record<string, string>
beforeAll(async () => {
  folder = await makeTemporaryFolder()
  store = await startService(['store', '--port', '0', '--data', folder], {
    INFLUX_TOKEN: 'right',
    INFLUX_BUCKET: 'mine',
  })
  environment = { INFLUX_URL: store.line.store!.url, INFLUX_TOKEN: 'right', INFLUX_BUCKET: 'mine' }
})
afterAll(async () => {
  await store.end()
  await removeFolder(folder)
})

it('provision makes the buckets that are missing; a second time it makes none', async () => {
  const first = await runCommand(['provision', '--json'], environment)
  expect(JSON.parse(first.output)).toEqual({
    url: environment['INFLUX_URL'],
    org: 'plantwatch',
    made: ['plant_derived', 'plant_rollup', 'plant_quarantine'],
    present: ['mine'],
  })
  const second = await runCommand(['provision'], environment)
  expect([second.status, second.errors]).toEqual([0, ''])
  expect(second.output).toBe(
    `there already in ${environment['INFLUX_URL']}: mine, plant_derived, plant_rollup, plant_quarantine\n`,
  )
})

it('provision finds the running plantwatch on its data folder, and brings a deleted bucket back', async () => {
  const stack = await startStack()
  try {
    const headers = { Authorization: `Token ${stack.token}` }
    const buckets = `${stack.gatewayUrl}/api/v2/buckets`
    const found = await fetch(`${buckets}?name=plant_derived`, { headers })
    const [derived] = ((await found.json()) as { buckets: { id: string }[] }).buckets
    expect((await fetch(`${buckets}/${derived!.id}`, { method: 'DELETE', headers })).status).toBe(204)
    const provision = ['provision', '--json', '--data', stack.dataDir]
    const { output, errors } = await runCommand(provision)
    expect(errors).toBe('')
    expect(JSON.parse(output)).toEqual({
      url: stack.gatewayUrl,
      org: 'plantwatch',
      made: ['plant_derived'],
      present: ['plant_raw', 'plant_rollup', 'plant_quarantine'],
    })
    expect(JSON.parse((await runCommand(provision, environment)).output)).toMatchObject({
      url: environment['INFLUX_URL'],
      made: [],
    })
    const wrong = await runCommand(provision, { PLANTWATCH_TOKEN: 'wrong' })
    expect([wrong.status, wrong.errors]).toEqual([1, expect.stringContaining('check PLANTWATCH_TOKEN')])
  } finally {
    await stack.close()
  }
}, 60_000)

it.each([
  ['an InfluxDB without a token', { INFLUX_TOKEN: '' }, 2, 'INFLUX_URL is set, so INFLUX_TOKEN is needed'],
  [
    'no store',
    { INFLUX_URL: '' },
    2,
    'name one by PLANTWATCH_URL and PLANTWATCH_TOKEN; for an InfluxDB set INFLUX_URL and INFLUX_TOKEN',
  ],
  ['a wrong token', { INFLUX_TOKEN: 'wrong' }, 1, 'refuses the token: check INFLUX_TOKEN'],
  ['an unknown organization', { INFLUX_ORG: 'nobody' }, 1, 'has no organization "nobody"'],
  ['a store that is away', { INFLUX_URL: 'http://127.0.0.1:9' }, 2, 'the InfluxDB at INFLUX_URL cannot be reached'],
])('provision refuses %s with a sentence', async (_, wrong, expected, sentence) => {
  const { status, errors } = await runCommand(['provision'], { ...environment, PLANTWATCH_DATA: folder, ...wrong })
  expect(errors).toContain(sentence)
  expect(status).toBe(expected)
})

it('provision refuses an InfluxDB without Flux', async () => {
  const other = await listen((_, response) => response.end('{"version":"3.1.0"}'), {
    host: '127.0.0.1',
    port: 0,
    what: 'test',
  })
  try {
    const { errors } = await runCommand(['provision'], { ...environment, INFLUX_URL: other.url })
    expect(errors).toContain('InfluxDB 3.1.0, which has no Flux')
  } finally {
    await other.close()
  }
})
