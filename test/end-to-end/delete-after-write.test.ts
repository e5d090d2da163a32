import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type StartedStack, startStack } from '../support/stack.ts'

describe('what is deleted through the gateway', () => {
  let stack: StartedStack
  beforeAll(async () => {
    stack = await startStack()
  }, 120_000)
  afterAll(() => stack?.close())

  /** Asked again while a part is starting anew. */
  const ask = async (path: string, method: string, body?: string, type = 'application/json'): Promise<Response> => {
    for (let attempt = 0; ; attempt++) {
      const response = await fetch(stack.gatewayUrl + path, {
        method,
        headers: { Authorization: `Token ${stack.token}`, 'Content-Type': type },
        ...(body === undefined ? {} : { body }),
      })
      if (response.status !== 503 || attempt === 60) return response
      await new Promise((resolve) => setTimeout(resolve, 250))
    }
  }
  const write = async (bucket: string, measurement: string): Promise<void> => {
    const lines = Array.from({ length: 2_000 }, (_, i) => `${measurement},t=a v=${i} ${1_600_000_000_000 + i}`)
    const answer = await ask(
      `/api/v2/write?org=plantwatch&bucket=${bucket}&precision=ms`,
      'POST',
      lines.join('\n'),
      'text/plain',
    )
    expect(answer.status).toBe(204)
  }
  const remove = async (measurement: string): Promise<void> => {
    const body = {
      start: '2020-01-01T00:00:00Z',
      stop: '2021-01-01T00:00:00Z',
      predicate: `_measurement="${measurement}"`,
    }
    const answer = await ask('/api/v2/delete?org=plantwatch&bucket=plant_raw', 'POST', JSON.stringify(body))
    expect(answer.status).toBe(204)
  }
  const count = async (bucket: string, measurement: string): Promise<number> => {
    await stack.settled()
    const flux = `from(bucket: "${bucket}") |> range(start: 2020-01-01T00:00:00Z) |> filter(fn: (r) => r._measurement == "${measurement}") |> count()`
    const text = await (await ask('/api/v2/query?org=plantwatch', 'POST', flux, 'application/vnd.flux')).text()
    const [header, row] = text.trim().split('\r\n')
    return row === undefined ? 0 : Number(row.split(',')[header!.split(',').indexOf('_value')])
  }

  it('does not come back with what was acknowledged just before', async () => {
    for (let round = 0; round < 8; round++) {
      await write('plant_raw', `m${round}`)
      await remove(`m${round}`)
    }
    for (let round = 0; round < 8; round++) expect(await count('plant_raw', `m${round}`)).toBe(0)
  })

  it('does not come back after the ingestor was killed', async () => {
    await write('plant_raw', 'killed')
    await remove('killed')
    const ingestor = stack.processes().find(({ command }) => / ingestor /.test(command))!
    process.kill(ingestor.pid, 'SIGKILL')
    await write('plant_raw', 'after')
    expect(await count('plant_raw', 'after')).toBe(2_000)
    expect(await count('plant_raw', 'killed')).toBe(0)
  })

  it('as a bucket holds up no other, and is empty when it is made again', async () => {
    const orgs = (await (await ask('/api/v2/orgs?org=plantwatch', 'GET')).json()) as { orgs: { id: string }[] }
    const make = async (): Promise<string> => {
      const body = JSON.stringify({ orgID: orgs.orgs[0]!.id, name: 'passing', retentionRules: [] })
      return ((await (await ask('/api/v2/buckets', 'POST', body)).json()) as { id: string }).id
    }
    const id = await make()
    await write('passing', 'm')
    expect((await ask(`/api/v2/buckets/${id}`, 'DELETE')).status).toBe(204)
    await write('plant_raw', 'other')
    expect(await count('plant_raw', 'other')).toBe(2_000)
    await make()
    expect(await count('passing', 'm')).toBe(0)
  })
})
