import { describe, expect, it } from 'vitest'
import type { Fault } from '../test/support/fault-proxy.ts'
import { asStore, errorOf, ingestorBeforeStore, jsonAnswer } from '../test/support/ingestor-before-store.ts'

const plant = ingestorBeforeStore()

describe('a store in trouble', () => {
  it.each([
    ['is overloaded', jsonAnswer(503, { code: 'unavailable', message: 'x' })],
    ['wants us to wait', { kind: 'answer', status: 429, headers: { 'Retry-After': '0' } } as Fault],
    ['fails', jsonAnswer(500, { code: 'internal error', message: 'x' })],
    ['does not take our own token any more', jsonAnswer(401, { code: 'unauthorized', message: 'x' })],
    ['lost our right to write', jsonAnswer(403, { code: 'forbidden', message: 'x' })],
    ['lost its bucket', jsonAnswer(404, { code: 'not found', message: 'bucket "plant_raw" not found' })],
    ['cuts the connection', { kind: 'reset' } as Fault],
    ['loses its answer', { kind: 'lose the answer' } as Fault],
  ])('that %s is waited for, and gets everything later', async (_, fault) => {
    let faulty = true
    plant.store.decide = (request) => (faulty && request.path.startsWith('/api/v2/write') ? fault : asStore(request))
    expect((await plant.write('m v=1 1')).status).toBe(204)
    expect((await plant.write('m v=2 2')).status).toBe(204)
    while (plant.writes().length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    faulty = false
    expect(await plant.delivered(2)).toContain('m v=2 2\n')
  })

  it('that was never reached does not keep the ingestor from starting, acknowledging and refusing in the right words', async () => {
    await plant.store.close()
    expect((await plant.write('m v=1 1')).status).toBe(204)
    expect((await plant.write('bad')).status).toBe(400)
    const unknown = await plant.write('m v=1 1', 'org=plantwatch&bucket=perhaps')
    expect([unknown.status, unknown.headers.get('Retry-After')]).toEqual([503, null])
    expect((await plant.write('m v=1 1', undefined, { Authorization: 'Token wrong' })).status).toBe(401)
    expect(await (await fetch(`${plant.ingestor.url}/health`)).json()).toMatchObject({
      name: 'ingestor',
      status: 'pass',
    })
    await plant.startStore()
  })

  it('whose bucket was deleted on purpose gets everything else; lines for that bucket become dead letters', async () => {
    const gone = jsonAnswer(404, { code: 'not found', message: 'bucket "other" not found' })
    plant.store.decide = (request) => {
      const { pathname, searchParams } = new URL(request.path, 'http://store')
      if (pathname === '/api/v2/write' && searchParams.get('bucket') === 'other') return gone
      return asStore(request)
    }
    const lines = Array.from({ length: 300 }, (_, i) => `m v=${i}.5 ${i}`).join('\n')
    expect((await plant.write(lines, 'org=plantwatch&bucket=other')).status).toBe(204)
    while (plant.writes().length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    // Until the store itself says that there is no such bucket, everything is held.
    expect((await plant.api('/api/v1/dead-letters')).body).toMatchObject({ dead_letters: [] })
    plant.store.decide = (request) => {
      const { pathname, searchParams } = new URL(request.path, 'http://store')
      const isOther = searchParams.get('bucket') === 'other' || searchParams.get('name') === 'other'
      return isOther && pathname !== '/api/v2/orgs' ? gone : asStore(request)
    }
    expect((await plant.write('m,after=a v=1 1')).status).toBe(204)
    for (;;) {
      const sent = plant.writes().filter(({ path }) => path.includes('plant_raw'))
      if (sent.length > 0) break
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    const { dead_letters: letters } = (await plant.api('/api/v1/dead-letters')).body as {
      dead_letters: { text: string; bucket: string; message: string }[]
    }
    expect(letters).toMatchObject([{ text: `${lines}\n`, bucket: 'other' }])
    expect(letters[0]!.message).toContain('the bucket of these 300 lines was deleted')
  })

  it('that no longer has a bucket it once had is asked anew, and 404 is what it says', async () => {
    expect((await plant.write('m v=1 1', 'org=plantwatch&bucket=other')).status).toBe(204)
    await plant.delivered(1)
    plant.store.decide = (request) =>
      request.path.startsWith('/api/v2/write')
        ? jsonAnswer(404, { code: 'not found', message: 'bucket "other" not found' })
        : jsonAnswer(200, { buckets: [] })
    expect((await plant.write('m v=2 2', 'org=plantwatch&bucket=other')).status).toBe(204)
    while (plant.writes().length < 2) await new Promise((resolve) => setTimeout(resolve, 5))
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(await errorOf(await plant.write('m v=3 3', 'org=plantwatch&bucket=other'))).toEqual([
      404,
      'not found',
      'bucket "other" not found',
    ])
  })
})
