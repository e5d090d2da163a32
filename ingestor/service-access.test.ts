import { request as httpRequest } from 'node:http'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { errorOf, ingestorBeforeStore } from '../test/support/ingestor-before-store.ts'

const plant = ingestorBeforeStore()

describe('tokens', () => {
  it('are made, do what they may and no more, and are revoked at once', async () => {
    const made = await plant.api('/api/v1/tokens', 'POST', {
      name: 'press 1',
      buckets: ['plant_raw'],
      measurements: ['temperature'],
      forced_tags: { machine: 'press-1' },
    })
    expect(made.status).toBe(201)
    const { id, token } = made.body as { id: string; token: string }
    const own = { Authorization: `Token ${token}` }
    expect((await plant.write('temperature v=1 1', undefined, own)).status).toBe(204)
    expect(await plant.delivered(1)).toBe('temperature,machine=press-1 v=1 1\n')
    expect((await plant.write('temperature,machine=press-2 v=1 1\npressure v=1 1', undefined, own)).status).toBe(400)
    expect(await errorOf(await plant.write('temperature v=1 1', 'org=plantwatch&bucket=other', own))).toEqual([
      403,
      'forbidden',
      'insufficient permissions for write',
    ])
    expect((await plant.api('/api/v1/tokens', 'GET', undefined, token)).status).toBe(403)
    const listed = await plant.api('/api/v1/tokens')
    expect(listed.body).toMatchObject({ tokens: [{ id, name: 'press 1' }] })
    expect(JSON.stringify(listed.body)).not.toContain(token)
    await plant.ingestor.close()
    await plant.start({}, plant.folder)
    expect((await plant.write('temperature v=2 2', undefined, own)).status).toBe(204)
    expect((await plant.api(`/api/v1/tokens/${id}`, 'DELETE')).status).toBe(204)
    expect((await plant.write('temperature v=3 3', undefined, own)).status).toBe(401)
  })

  it('are refused with everything that is wrong named', async () => {
    const refused = await plant.api('/api/v1/tokens', 'POST', { nmae: 'x', buckets: [] })
    expect([refused.status, (refused.body as { message: string }).message]).toEqual([
      400,
      expect.stringMatching(/name: [\s\S]*buckets: [\s\S]*nmae/),
    ])
    const tags = Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`t${i}`, 'v']))
    const many = await plant.api('/api/v1/tokens', 'POST', { name: 'x', forced_tags: tags })
    expect([many.status, (many.body as { message: string }).message]).toEqual([
      400,
      expect.stringMatching(/forced_tags: must be 32 tags at most/),
    ])
  })

  it('put their tags on lines, at their longest and in any script, beside those of the context', async () => {
    const tags = Object.fromEntries(Array.from({ length: 32 }, (_, i) => [`${i} ${'ü'.repeat(250)}`, '=💡'.repeat(80)]))
    const { body } = await plant.api('/api/v1/tokens', 'POST', { name: 'x', forced_tags: tags })
    const token = (body as { token: string }).token
    expect(
      (await plant.write('m v=1 1700000000000000000', undefined, { Authorization: `Token ${token}` })).status,
    ).toBe(204)
    expect(await plant.delivered(1)).toContain('💡 v=1 1700000000000000000')
  })
})

describe('metrics', () => {
  it('count what came in, what was refused and what waits', async () => {
    await plant.write('m v=1 1\nbad\n')
    await plant.delivered(1)
    const response = await fetch(`${plant.ingestor.url}/metrics`, { headers: { Authorization: 'Token operator' } })
    const text = await response.text()
    expect(text).toContain('plantwatch_ingestor_lines_accepted_total 1\n')
    expect(text).toContain('plantwatch_ingestor_dead_letters_total{reason="syntax"} 1\n')
    expect(text).toContain('plantwatch_ingestor_series{token="operator"} 1\n')
    expect((await fetch(`${plant.ingestor.url}/metrics`)).status).toBe(401)
  })
})

describe('a refusal', () => {
  it.each([
    [
      'a wrong token',
      'org=plantwatch&bucket=plant_raw',
      { Authorization: 'Token wrong' },
      [401, 'unauthorized', 'unauthorized access'],
    ],
    [
      'a wrong unit, before anything else',
      'precision=h',
      {},
      [400, 'invalid', 'invalid precision; valid precision units are ns, us, ms, and s'],
    ],
    ['no organization', 'bucket=plant_raw', {}, [400, 'invalid', 'Please provide either orgID or org']],
    ['an unknown organization', 'org=x&bucket=plant_raw', {}, [404, 'not found', 'organization name "x" not found']],
    [
      'an unknown organization id',
      'orgID=1111111111111111&bucket=plant_raw',
      {},
      [404, 'not found', 'organization not found'],
    ],
    ['no bucket', 'org=plantwatch', {}, [404, 'not found', 'bucket not found']],
    ['an unknown bucket', 'org=plantwatch&bucket=x', {}, [404, 'not found', 'bucket "x" not found']],
  ])('for %s has InfluxDB’s shape and words', async (_, query, headers, expected) => {
    expect(await errorOf(await plant.write('not even a line', query, headers))).toEqual(expected)
    expect(plant.writes()).toEqual([])
  })

  it('for a wrong method or path too', async () => {
    const method = await fetch(`${plant.ingestor.url}/api/v2/write`)
    expect([...(await errorOf(method)), method.headers.get('Allow')]).toEqual([
      405,
      'method not allowed',
      'allow: OPTIONS, POST',
      'OPTIONS, POST',
    ])
    expect(await errorOf(await fetch(`${plant.ingestor.url}/nowhere`))).toEqual([404, 'not found', 'path not found'])
  })

  it('for a body that is too large comes before the body has arrived', async () => {
    await plant.ingestor.close()
    await plant.start({ bodyBytesMax: 10_000 })
    const answer = await new Promise<number>((resolve, reject) => {
      const request = httpRequest(`${plant.ingestor.url}/api/v2/write?org=plantwatch&bucket=plant_raw`, {
        method: 'POST',
        headers: { Authorization: 'Token operator', 'Transfer-Encoding': 'chunked' },
      })
      request.on('response', (response) => resolve(response.statusCode!))
      request.on('error', reject)
      request.write(Buffer.alloc(20_000, 'm v=1\n')) // and no end
    })
    expect(answer).toBe(413)
    expect((await plant.write(Buffer.alloc(20_000, 'm v=1\n').toString())).status).toBe(413)
    expect((await plant.write('m v=1 1')).status).toBe(204)
  })

  it('for gzip that is none, is cut short, or is a bomb', async () => {
    const gzip = { 'Content-Encoding': 'gzip' }
    const packed = new Uint8Array(gzipSync('m v=1 1\n'.repeat(1000)))
    expect((await plant.write(new Uint8Array(Buffer.from('m v=1')), undefined, gzip)).status).toBe(400)
    expect(await errorOf(await plant.write(packed.slice(0, packed.length - 10), undefined, gzip))).toEqual([
      400,
      'invalid',
      'unable to read data: unexpected EOF',
    ])
    const bomb = new Uint8Array(gzipSync(Buffer.alloc(64 << 20), { level: 9 }))
    expect(await plant.write(bomb, undefined, gzip)).toMatchObject({ status: 413 })
    expect(plant.writes()).toEqual([])
    expect((await plant.write(packed, undefined, gzip)).status).toBe(204)
  })
})
