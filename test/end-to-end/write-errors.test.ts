import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type StartedStack, startStack } from '../support/stack.ts'

describe('a write through the gateway', () => {
  let stack: StartedStack
  beforeAll(async () => {
    stack = await startStack()
  }, 120_000)
  afterAll(() => stack?.close())

  const write = (
    body: string | Uint8Array<ArrayBuffer>,
    parameters: Record<string, string> = {},
    headers: Record<string, string> = {},
  ) =>
    fetch(
      `${stack.gatewayUrl}/api/v2/write?${new URLSearchParams({ org: 'plantwatch', bucket: 'plant_raw', ...parameters })}`,
      {
        method: 'POST',
        body,
        headers: { Authorization: `Token ${stack.token}`, ...headers },
      },
    )
  const count = async (measurement: string): Promise<number> => {
    await stack.settled()
    const response = await fetch(`${stack.gatewayUrl}/api/v2/query?org=plantwatch`, {
      method: 'POST',
      headers: {
        Authorization: `Token ${stack.token}`,
        'Content-Type': 'application/vnd.flux',
        Accept: 'application/csv',
      },
      body: `from(bucket: "plant_raw") |> range(start: 2020-01-01T00:00:00Z) |> filter(fn: (r) => r._measurement == "${measurement}") |> group() |> count()`,
    })
    const [header, row] = (await response.text()).trim().split('\r\n')
    return row === undefined ? 0 : Number(row.split(',')[header!.split(',').indexOf('_value')])
  }

  it('with a wrong token is 401, and with none', async () => {
    for (const Authorization of ['Token wrong', '']) {
      const response = await write('m v=1', {}, { Authorization })
      expect([response.status, response.headers.get('X-Platform-Error-Code')]).toEqual([401, 'unauthorized'])
      expect(await response.json()).toEqual({ code: 'unauthorized', message: 'unauthorized access' })
    }
  })

  it('to an unknown bucket or organization is 404', async () => {
    const bucket = await write('m v=1', { bucket: 'nowhere' })
    expect([bucket.status, await bucket.json()]).toEqual([
      404,
      { code: 'not found', message: 'bucket "nowhere" not found' },
    ])
    const org = await write('m v=1', { org: 'nobody' })
    expect([org.status, await org.json()]).toEqual([
      404,
      { code: 'not found', message: 'organization name "nobody" not found' },
    ])
  })

  it('names each bad line with number, byte offset and reason, and stores the others', async () => {
    const response = await write(
      'partial,t=a v=1 1600000000000000000\npartial,t=b v=x 1600000000000000000\r\n\npartial,t=c v=3 1600000000000000000\r\nbroken\n',
    )
    expect([response.status, response.headers.get('X-Platform-Error-Code')]).toEqual([422, 'unprocessable entity'])
    const body = (await response.json()) as {
      line_errors: { line: number; offset: number; reason: string }[]
      message: string
    }
    expect(body.line_errors.map(({ line, offset }) => [line, offset])).toEqual([
      [2, 36],
      [5, 111],
    ])
    expect(body.message).toContain('line 2: ')
    expect(await count('partial')).toBe(2)
  })

  it('without a single good line is 400, and nothing is stored', async () => {
    const response = await write('nothing\nnothing v=\n')
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ code: 'invalid', bad_lines: 2, good_lines: 0 })
    expect(await count('nothing')).toBe(0)
  })

  it('is taken with line ends of Windows, with gzip, with every precision, without a time, and in the 1.x way', async () => {
    expect((await write('kind,k=crlf v=1 1600000000000000000\r\nkind,k=crlf2 v=1\r\n')).status).toBe(204)
    expect(
      (await write(new Uint8Array(gzipSync('kind,k=gzip v=1 1600000000000000000')), {}, { 'Content-Encoding': 'gzip' }))
        .status,
    ).toBe(204)
    expect((await write(new Uint8Array(0), {}, { 'Content-Encoding': 'gzip' })).status).toBe(204)
    for (const [precision, time] of [
      ['s', '1600000001'],
      ['ms', '1600000002000'],
      ['us', '1600000003000000'],
    ])
      expect((await write(`kind,k=${precision} v=1 ${time}`, { precision: precision! })).status).toBe(204)
    expect((await write('kind,k=x v=1', { precision: 'h' })).status).toBe(400)
    const old = await fetch(`${stack.gatewayUrl}/write?db=plant_raw&u=any&p=${stack.token}`, {
      method: 'POST',
      body: 'kind,k=v1 v=1',
    })
    expect(old.status).toBe(204)
    expect(await count('kind')).toBe(7)
  })

  it('with a gzip bomb is 413, and costs no memory to speak of', async () => {
    const bomb = new Uint8Array(gzipSync(Buffer.alloc(256 << 20, 'm v=1\n'), { level: 9 }))
    const response = await write(bomb, {}, { 'Content-Encoding': 'gzip' })
    expect([response.status, response.headers.get('X-Platform-Error-Code')]).toEqual([413, 'request too large'])
    const broken = await write(bomb.slice(0, 1000), {}, { 'Content-Encoding': 'gzip' })
    expect(broken.status).toBe(400)
  })
})
