import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { Fault, SeenRequest } from '../test/support/fault-proxy.ts'
import { asStore, ingestorBeforeStore } from '../test/support/ingestor-before-store.ts'

const plant = ingestorBeforeStore()

describe('a log at its quota', () => {
  const down = (request: SeenRequest): Fault =>
    request.path.startsWith('/api/v2/write') ? { kind: 'reset' } : asStore(request)
  const batch = (number: number): string =>
    Array.from({ length: 10_000 }, (_, i) => `m,batch=b${number} v=${i},text="${'x'.repeat(60)}" ${i}`).join('\n')
  const metric = async (name: string): Promise<number> => {
    const response = await fetch(`${plant.ingestor.url}/metrics`, { headers: { Authorization: 'Token operator' } })
    return Number(new RegExp(`^plantwatch_ingestor_${name} (\\d+)$`, 'm').exec(await response.text())?.[1])
  }
  const until = async (done: () => Promise<boolean>): Promise<void> => {
    for (let waited = 0; !(await done()); waited += 20) {
      if (waited > 20_000) throw new Error('did not come about within 20 s')
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  it('refuses with 503 and says why, stays up, and takes data again once the store does', {
    timeout: 60_000,
  }, async () => {
    await plant.ingestor.close()
    await plant.start({ logQuotaMb: 8 })
    plant.store.decide = down
    let accepted = 0
    let refused: Response | null = null
    for (let number = 0; refused === null; number++) {
      const response = await plant.write(batch(number))
      if (response.status === 204) accepted++
      else refused = response
    }
    expect([refused.status, refused.headers.get('Retry-After')]).toEqual([503, null])
    expect(await refused.text()).toMatch(/the log holds \d+ bytes that the database has not taken yet, its quota is/)
    expect(accepted).toBeGreaterThan(4)
    const ready = await fetch(`${plant.ingestor.url}/ready`)
    expect([ready.status, await ready.json()]).toEqual([503, expect.objectContaining({ status: 'unavailable' })])
    plant.store.decide = asStore
    await until(async () => (await fetch(`${plant.ingestor.url}/ready`)).status === 200)
    expect((await plant.write('m,batch=after v=1i 1')).status).toBe(204)
    await until(async () => (await metric('delivery_lag_records')) === 0)
    expect(await metric('delivery_lines_total')).toBe(accepted * 10_000 + 1)
  })

  it('lets the oldest go where it is told to, and counts every line', { timeout: 60_000 }, async () => {
    await plant.ingestor.close()
    await plant.start({ logQuotaMb: 8, logDropOldest: true })
    plant.store.decide = down
    const batches = 25
    for (let number = 0; number < batches; number++) expect((await plant.write(batch(number))).status).toBe(204)
    plant.store.decide = asStore
    await until(async () => (await metric('delivery_lag_records')) === 0)
    const dropped = await metric('lines_dropped_total{bucket="plant_raw"}')
    expect(dropped).toBeGreaterThan(50_000)
    const sent = new Set(
      plant
        .writes()
        .flatMap(({ body }) => gunzipSync(body).toString().trimEnd().split('\n'))
        .map((line) => line.slice(0, line.indexOf(' '))),
    )
    expect(sent.has(`m,batch=b${batches - 1}`)).toBe(true)
    expect(await metric('delivery_lines_total')).toBe(batches * 10_000 - dropped)
  })

  it('lets the oldest of the named buckets go alone; what was acknowledged for another comes there, once', {
    timeout: 60_000,
  }, async () => {
    await plant.ingestor.close()
    await plant.start({ logQuotaMb: 16, logDropOldest: ['other'], reportEveryMs: 0 })
    plant.store.decide = (request) => (request.path.startsWith('/api/v2/write') ? { kind: 'reset' } : asStore(request))
    const toOther = 'org=plantwatch&bucket=other'
    const accepted = { plant_raw: 0, other: 0 }
    let refused: Response | null = null
    for (let number = 0; refused === null; number++) {
      const isOther = number % 2 === 1
      const response = await plant.write(batch(number), isOther ? toOther : undefined)
      if (response.status === 204) accepted[isOther ? 'other' : 'plant_raw']++
      else refused = response
    }
    // 16 MB hold 18 batches in all.
    expect(accepted.plant_raw).toBeGreaterThan(10)
    expect([refused.status, refused.headers.get('Retry-After')]).toEqual([503, null])
    expect(await refused.text()).toMatch(/nothing in it may be given up/)
    await plant.ingestor.close()
    plant.store.decide = asStore
    const seenBefore = plant.store.seen.length
    await plant.start({ logQuotaMb: 16, logDropOldest: ['other'], reportEveryMs: 0 }, plant.folder)
    await until(async () => (await metric('delivery_lag_records')) === 0)
    const came = { plant_raw: [] as string[], other: [] as string[] }
    for (const { path, body } of plant.store.seen.slice(seenBefore)) {
      if (!path.startsWith('/api/v2/write')) continue
      const bucket = new URL(path, 'http://store').searchParams.get('bucket') as keyof typeof came
      came[bucket].push(...gunzipSync(body).toString().trimEnd().split('\n'))
    }
    expect(new Set(came.plant_raw).size).toBe(accepted.plant_raw * 10_000)
    expect(came.plant_raw.length).toBe(accepted.plant_raw * 10_000)
    expect(new Set(came.other).size).toBe(came.other.length)
    expect(came.other.length).toBeLessThan(accepted.other * 10_000)
  })

  it('counts the lines of each bucket that goes, all of them', { timeout: 60_000 }, async () => {
    await plant.ingestor.close()
    await plant.start({ logQuotaMb: 16, logDropOldest: ['other'], reportEveryMs: 0 })
    plant.store.decide = down
    for (let number = 0; number < 60; number++) {
      const bucket = number % 10 === 0 ? 'plant_raw' : 'other'
      expect((await plant.write(batch(number), `org=plantwatch&bucket=${bucket}`)).status).toBe(204)
    }
    plant.store.decide = asStore
    await until(async () => (await metric('delivery_lag_records')) === 0)
    const dropped = await metric('lines_dropped_total{bucket="other"}')
    expect(dropped).toBeGreaterThan(100_000)
    expect(await metric('lines_dropped_total{bucket="plant_raw"}')).toBeNaN()
    expect(await metric('delivery_lines_total')).toBe(600_000 - dropped)
  })
})
