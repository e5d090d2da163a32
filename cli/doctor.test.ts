import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { listen } from '../lib/http/listen.ts'
import { runCommand } from '../test/support/stack.ts'
import { temporaryFolder } from '../test/support/temporary-folder.ts'

const doctor = async (words: readonly string[], environment: Record<string, string> = {}) => {
  const folder = await temporaryFolder()
  const { status, output } = await runCommand(['doctor', '--json', '--data', folder, ...words], environment)
  const { findings } = JSON.parse(output) as { findings: { check: string; status: string; message: string }[] }
  return { status, of: (name: string) => findings.find(({ check }) => check === name)! }
}

it('doctor finds a port that is taken, a wrong plant model and a store that is no InfluxDB 2', async () => {
  const other = await listen((_, response) => response.end('{"version":"3.1.0"}'), {
    host: '127.0.0.1',
    port: 0,
    what: 'test',
  })
  try {
    const plant = join(await temporaryFolder(), 'plant.yaml')
    await writeFile(plant, 'version: 1\nsites: 7\n')
    const { status, of } = await doctor(['--port', String(other.port), '--plant', plant], {
      INFLUX_URL: other.url,
      INFLUX_TOKEN: 'x',
    })
    expect(status).toBe(1)
    expect(of('port')).toMatchObject({ status: 'problem', message: expect.stringContaining('EADDRINUSE') })
    expect(of('plant')).toMatchObject({ status: 'problem', message: expect.stringContaining(plant) })
    expect(of('store')).toMatchObject({
      status: 'problem',
      message: expect.stringContaining('InfluxDB 3.1.0, which has no Flux'),
    })
    expect(of('node').status).toBe('ok')
  } finally {
    await other.close(0)
  }
})

it('doctor finds nothing wrong where nothing is', async () => {
  const { status, of } = await doctor(['--port', '0'])
  expect(of('running').message).toBe('no plantwatch runs on this folder')
  expect(of('data folder').status).not.toBe('problem')
  expect(status).toBe(0)
})
