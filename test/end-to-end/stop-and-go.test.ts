import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { familyOf } from '../support/processes.ts'
import { runCommand, startStack } from '../support/stack.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

it('Ctrl-C ends everything within 10 s with status 0, and a second start goes on with the data of the first', async () => {
  const dataDir = await temporaryFolder()
  const first = await startStack({ dataDir })
  const family = first.processes()
  const written = await runCommand(['write', 'kept,t=a v=1', '--data', dataDir])
  expect(written).toMatchObject({ status: 0, errors: '' })

  const refused = await runCommand(['up', '--no-demo', '--port', '0', '--data', dataDir])
  expect(refused.status).toBe(1)
  expect(refused.errors).toContain(`is in use by another plantwatch (process ${first.pid})`)

  const askedMs = performance.now()
  expect(await first.end('SIGINT')).toBe(0)
  expect(performance.now() - askedMs).toBeLessThan(10_000)
  expect(family.flatMap(({ pid }) => familyOf(pid))).toEqual([])
  const gone = await runCommand(['query', 'buckets()', '--data', dataDir])
  expect(gone.status).toBe(2)
  expect(gone.errors).toContain(`no plantwatch runs on the folder ${dataDir}`)

  const second = await startStack({ dataDir })
  try {
    await second.settled()
    const asked = await runCommand(
      ['query', '--json', '--data', dataDir],
      {},
      'from(bucket: "plant_raw") |> range(start: -1h)',
    )
    expect(asked.errors).toBe('')
    expect(JSON.parse(asked.output)).toMatchObject({ _measurement: 'kept', t: 'a', _field: 'v', _value: 1 })
    expect(second.token).toBe(first.token)
  } finally {
    await second.close()
  }
  expect(existsSync(join(dataDir, 'demo'))).toBe(false)
}, 120_000)
