import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Listening, listen } from '../lib/http/listen.ts'
import { type StartedService, startService } from '../test/support/service.ts'
import { runCommand } from '../test/support/stack.ts'
import { makeTemporaryFolder, removeFolder } from '../test/support/temporary-folder.ts'

let folder: string
let store: StartedService
let other: Listening
let environment: Record<string, string>
beforeAll(async () => {
  folder = await makeTemporaryFolder()
  store = await startService(['store', '--port', '0', '--data', folder], { INFLUX_TOKEN: 'right' })
  // Something that is no plantwatch.
  other = await listen((_, response) => response.end('<html>welcome</html>'), {
    host: '127.0.0.1',
    port: 0,
    what: 'test',
  })
  environment = { PLANTWATCH_URL: store.line.store!.url, PLANTWATCH_TOKEN: 'right' }
})
afterAll(async () => {
  await Promise.all([store.end(), other.close()])
  await removeFolder(folder)
})

it('points and queries also come from standard input', async () => {
  const lines = 'temperature,machine=press,sensor=oil value=71.5\ntemperature,machine=press,sensor=oil value=72.5 1\n'
  const written = await runCommand(['write', '--json'], environment, lines)
  expect(JSON.parse(written.output)).toEqual({ bytes: lines.length, requests: 1 })
  const flux = 'from(bucket: "plant_raw") |> range(start: -1h) |> keep(columns: ["_value"])'
  expect((await runCommand(['query'], environment, flux)).output).toMatch(/71\.5\n\n1 row in 1 table\n$/)
  expect((await runCommand(['query', '-', '--json'], environment, flux)).output).toBe(
    '{"result":"_result","_value":71.5}\n',
  )
})

it.each([
  ['query', 'buckets()'],
  ['write', 'm value=1'],
])('%s says which token is wrong', async (...words) => {
  const wrong = { ...environment, PLANTWATCH_TOKEN: 'wrong' }
  const told = await runCommand(words, wrong)
  expect([told.status, told.output]).toEqual([1, ''])
  expect(told.errors).toContain(`${environment['PLANTWATCH_URL']} does not know the token: check PLANTWATCH_TOKEN`)
  expect(JSON.parse((await runCommand([...words, '--json'], wrong)).errors)).toMatchObject({ code: 'unauthorized' })
})

it.each([['query', 'buckets()'], ['write', 'm value=1'], ['health'], ['job', 'list']])(
  '%s says what cannot be reached, and why',
  async (...words) => {
    const { status, errors } = await runCommand(words, { ...environment, PLANTWATCH_URL: 'http://127.0.0.1:2' })
    expect(errors).toBe('plantwatch: http://127.0.0.1:2 cannot be reached: connect ECONNREFUSED 127.0.0.1:2\n')
    expect(status).toBe(1)
  },
)

it('health is not taken in by another program on that port', async () => {
  expect((await runCommand(['health'], environment)).output).toMatch(/^pass {2}/)
  const { status, errors } = await runCommand(['health'], { ...environment, PLANTWATCH_URL: other.url })
  expect([status, errors]).toEqual([
    1,
    `plantwatch: ${other.url}/health is no plantwatch: it answers <html>welcome</html>\n`,
  ])
})

it('a service says which port is taken', async () => {
  const { status, errors } = await runCommand(['store', '--port', String(other.port), '--data', `${folder}/second`])
  expect([status, errors]).toEqual([1, expect.stringContaining(`port ${other.port} is taken by another program`)])
})
