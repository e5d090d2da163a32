import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { asStore, errorOf, ingestorBeforeStore, jsonAnswer } from '../test/support/ingestor-before-store.ts'

const plant = ingestorBeforeStore()

describe('a batch without a fault', () => {
  it('is acknowledged while the store is away, and comes there byte for byte, in order', async () => {
    const body = 'm,t=a v=1 1600000000000000000\nm,t=b v=2 1600000000000000001\n'
    plant.store.decide = (request) => (request.path.startsWith('/api/v2/write') ? { kind: 'reset' } : asStore(request))
    const response = await plant.write(body, 'org=plantwatch&bucket=plant_raw&precision=ns')
    expect([response.status, await response.text()]).toEqual([204, ''])
    await plant.ingestor.close()
    plant.store.decide = asStore
    await plant.start({}, plant.folder)
    expect(await plant.delivered(2)).toBe(body)
    expect(plant.writes().at(-1)!.path).toBe('/api/v2/write?org=plantwatch&bucket=plant_raw&precision=ns')
  })

  it('gets the time of its arrival where a line has none, in the unit of the request', async () => {
    const before = Math.floor(Date.now() / 1000)
    expect((await plant.write('m v=1\nm v=2 1600000000\n', 'org=plantwatch&bucket=plant_raw&precision=s')).status).toBe(
      204,
    )
    const [first, second] = (await plant.delivered(2)).split('\n')
    expect(second).toBe('m v=2 1600000000')
    const seconds = Number(/^m v=1 (\d+)$/.exec(first!)?.[1])
    expect(seconds).toBeGreaterThanOrEqual(before)
    expect(seconds).toBeLessThanOrEqual(before + 10)
  })

  it('loses its carriage returns, but not those inside a text', async () => {
    expect((await plant.write('m v=1 1\r\nm s="a\r\nb" 2\r\n\r\n# note\r\nm v=3 3')).status).toBe(204)
    expect(await plant.delivered(4)).toBe('m v=1 1\nm s="a\r\nb" 2\nm v=3 3\n')
  })

  it('of any size comes there byte for byte while many others are under way', { timeout: 60_000 }, async () => {
    const sizes = [1, 40, 3_000, 900, 7_000, 200]
    const lines: string[] = []
    const bodyOf = (sender: number, round: number): string => {
      const own = Array.from(
        { length: sizes[(sender + round) % sizes.length]! },
        (_, i) => `m,sender=${sender},round=${round} v=${i},s="${'x'.repeat(20)}${sender}" ${1_600_000_000_000 + i}`,
      )
      lines.push(...own)
      return `${own.join('\n')}\n`
    }
    const answers = await Promise.all(
      Array.from({ length: 12 }, async (_, sender) => {
        for (let round = 0; round < 6; round++)
          if ((await plant.write(bodyOf(sender, round), 'org=plantwatch&bucket=plant_raw&precision=ms')).status !== 204)
            return `round ${round} of ${sender}`
        return 'all taken'
      }),
    )
    expect(new Set(answers)).toEqual(new Set(['all taken']))
    const there = new Set((await plant.delivered(lines.length)).split('\n'))
    expect(lines.filter((line) => !there.has(line))).toEqual([])
    expect(there.size).toBe(lines.length + 1)
  })

  it('leaves its bad lines byte for byte in the dead letters while many others are under way', {
    timeout: 60_000,
  }, async () => {
    const sizes = [3_000, 900, 7_000, 2_000]
    const bad: string[] = []
    const bodyOf = (sender: number, round: number): string => {
      const own = Array.from(
        { length: sizes[(sender + round) % sizes.length]! },
        (_, i) => `m,sender=${sender},round=${round} v=${i},s="${'x'.repeat(20)}" ${1_600_000_000_000 + i}`,
      )
      for (const at of [0, 500, own.length - 1]) {
        own[at] = `bad,sender=${sender},round=${round} v=${'y'.repeat(at === 500 ? 5_000 : 50)}${sender}`
        bad.push(own[at])
      }
      return `${own.join('\n')}\n`
    }
    const statuses = await Promise.all(
      Array.from({ length: 12 }, async (_, sender) => {
        const all: number[] = []
        for (let round = 0; round < 6; round++)
          all.push((await plant.write(bodyOf(sender, round), 'org=plantwatch&bucket=plant_raw&precision=ms')).status)
        return all
      }),
    )
    expect(new Set(statuses.flat())).toEqual(new Set([422]))
    const listed = (await plant.api('/api/v1/dead-letters?limit=1000')).body as { dead_letters: { text: string }[] }
    expect(listed.dead_letters.map(({ text }) => text).sort()).toEqual(bad.sort())
  })

  it('may be empty, or hold comments alone', async () => {
    expect((await plant.write('')).status).toBe(204)
    expect((await plant.write('\n\n# only a note\n')).status).toBe(204)
    expect((await plant.write(new Uint8Array(0), undefined, { 'Content-Encoding': 'gzip' })).status).toBe(204)
  })

  it('that is sent again under one Idempotency-Key is acknowledged and stored once, also after a restart', async () => {
    const send = (key: string) => plant.write('m v=1\n', undefined, { 'Idempotency-Key': key })
    const answers = await Promise.all([send('a'), send('a'), send('a'), send('b')])
    expect(answers.map(({ status }) => status)).toEqual([204, 204, 204, 204])
    await plant.ingestor.close()
    await plant.start({}, plant.folder)
    expect((await send('a')).status).toBe(204)
    expect((await send('c')).status).toBe(204)
    expect((await plant.delivered(3)).split('\n').length - 1).toBe(3)
  })

  it('that comes under the Idempotency-Key of another is refused and not stored, also while that one is under way and after a restart', async () => {
    const send = (body: string, query?: string) => plant.write(body, query, { 'Idempotency-Key': 'a' })
    const both = await Promise.all([send('m v=1 1\n'), send('m v=2 2\n')])
    expect(both.map(({ status }) => status).sort()).toEqual([204, 422])
    const stored = both[0].status === 204 ? 'm v=1 1\n' : 'm v=2 2\n'
    expect((await send(stored)).status).toBe(204)
    await plant.ingestor.close()
    await plant.start({}, plant.folder)
    expect((await send(stored)).status).toBe(204)
    const [status, code, message] = await errorOf(await send('m v=3 3\n'))
    expect([status, code]).toEqual([422, 'conflict'])
    expect(message).toContain('another request came under the Idempotency-Key "a", and nothing of this one was stored')
    // The same lines in other units are other points.
    expect((await send(stored, 'org=plantwatch&bucket=plant_raw&precision=s')).status).toBe(422)
    // Nothing is remembered of a key that is refused as such.
    expect((await plant.write('m v=4 4', undefined, { 'Idempotency-Key': 'k'.repeat(256) })).status).toBe(400)
    expect((await plant.write('m v=5 5')).status).toBe(204)
    expect(await plant.delivered(2)).toBe(`${stored}m v=5 5\n`)
  })

  it('may be named by ids and go to a bucket that only the store knows', async () => {
    expect((await plant.write('m v=1 1', 'orgID=fedcba9876543210&bucket=other')).status).toBe(204)
    expect((await plant.write('m v=1 1', 'orgID=FEDCBA9876543210&bucket=0123456789ABCDEF')).status).toBe(204)
    expect((await plant.write('m v=2 2', 'org=plantwatch&bucket=0123456789abcdef')).status).toBe(204)
    await plant.delivered(2)
    expect(new Set(plant.writes().map(({ path }) => path))).toEqual(
      new Set(['/api/v2/write?org=plantwatch&bucket=other&precision=ns']),
    )
    const asked = plant.store.seen.length
    expect((await plant.write('m v=3 3', 'org=plantwatch&bucket=other')).status).toBe(204)
    await plant.delivered(3)
    expect(plant.store.seen.slice(asked).every(({ path }) => path.startsWith('/api/v2/write'))).toBe(true)
  })

  it('may come the 1.x way, with its own forms of the token', async () => {
    const old = (query: string, headers: Record<string, string> = {}) =>
      fetch(`${plant.ingestor.url}/write?${query}`, { method: 'POST', body: 'm v=1 1', headers })
    expect((await old('db=plant_raw&u=x&p=operator')).status).toBe(204)
    expect((await old('db=plant_raw&rp=autogen&precision=h', { Authorization: 'Token operator' })).status).toBe(204)
    expect(
      (await old('db=plant_raw', { Authorization: `Basic ${Buffer.from('x:operator').toString('base64')}` })).status,
    ).toBe(204)
    expect(await errorOf(await old('db=plant_raw', { Authorization: 'Bearer operator' }))).toEqual([
      401,
      'unauthorized',
      'unauthorized access',
    ])
    expect(await errorOf(await old('db=nowhere', { Authorization: 'Token operator' }))).toEqual([
      404,
      'not found',
      'no dbrp mapping found',
    ])
    expect(await errorOf(await old('', { Authorization: 'Token operator' }))).toEqual([400, 'invalid', 'missing db'])
  })
})

describe('bad lines', () => {
  it('are named up to the cap and counted beyond it; the good ones are stored', async () => {
    await plant.ingestor.close()
    await plant.start({ lineErrorsMax: 2 })
    const response = await plant.write('m v=1 1\nbad\nm v=2 2\nworse\nworst\n')
    expect([response.status, response.headers.get('X-Platform-Error-Code')]).toEqual([422, 'unprocessable entity'])
    const body = (await response.json()) as {
      message: string
      line_errors: unknown[]
      bad_lines: number
      good_lines: number
    }
    expect(body).toMatchObject({
      code: 'unprocessable entity',
      bad_lines: 3,
      good_lines: 2,
      line_errors: [
        { line: 2, offset: 8 },
        { line: 4, offset: 20 },
      ],
    })
    expect(body.message).toMatch(
      /^partial write: 3 of 5 lines were not stored and lie in the dead letters, the others are stored:\nline 2: .+\nline 4: .+\nand 1 more$/,
    )
    expect(await plant.delivered(2)).toBe('m v=1 1\nm v=2 2\n')
  })

  it('alone are 400, and the store is not asked', async () => {
    expect((await plant.write('bad\nworse')).status).toBe(400)
    expect(plant.writes()).toEqual([])
  })

  it('lie in the dead letters with place, reason and bytes, can be mended and sent again, or put aside', async () => {
    expect((await plant.write('m,t=a v=1 5\nm,t=a v=1x 6\nm,t=a v= 7\n')).status).toBe(422)
    const { body: listed } = await plant.api('/api/v1/dead-letters?limit=1')
    expect(listed).toMatchObject({
      dead_letters: [{ line: 3, offset: 25, text: 'm,t=a v= 7', reason: 'syntax', state: 'open', bucket: 'plant_raw' }],
      open_by_reason: { syntax: 2 },
      links: { next: '/api/v1/dead-letters?limit=1&offset=1' },
    })
    const { dead_letters: letters } = (await plant.api('/api/v1/dead-letters')).body as {
      dead_letters: { id: number }[]
    }
    const [last, first] = letters.map(({ id }) => id)
    expect((await plant.api(`/api/v1/dead-letters/${first}/replay`, 'POST', {})).body).toMatchObject({
      code: 'invalid',
    })
    expect(
      (await plant.api(`/api/v1/dead-letters/${first}/replay`, 'POST', { text: 'm,t=a v=1 6' })).body,
    ).toMatchObject({
      state: 'replayed',
    })
    expect(await plant.delivered(2)).toBe('m,t=a v=1 5\nm,t=a v=1 6\n')
    expect((await plant.api(`/api/v1/dead-letters/${last}`, 'DELETE')).status).toBe(204)
    expect((await plant.api('/api/v1/dead-letters?state=open')).body).toMatchObject({
      dead_letters: [],
      open_by_reason: {},
    })
    expect((await plant.api('/api/v1/dead-letters/replay', 'POST', {})).body).toEqual({ replayed: 0, failed: [] })
  })

  it('that the store refuses three times alone become dead letters; their neighbours arrive', async () => {
    plant.store.decide = (request) =>
      request.path.startsWith('/api/v2/write') && gunzipSync(request.body).includes('conflict')
        ? jsonAnswer(422, { code: 'unprocessable entity', message: 'partial write: field type conflict dropped=1' })
        : asStore(request)
    expect((await plant.write('m v=1 1\nm conflict=1 2\nm v=3 3\n')).status).toBe(204)
    for (;;) {
      const { open_by_reason: open } = (await plant.api('/api/v1/dead-letters')).body as { open_by_reason: object }
      if ('refused' in open) break
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    expect((await plant.api('/api/v1/dead-letters')).body).toMatchObject({
      dead_letters: [{ text: 'm conflict=1 2', reason: 'refused', source: 'delivery' }],
    })
  })

  it('of any length are kept whole, and their neighbours are stored', async () => {
    const long = `m s="${'x'.repeat(5 << 20)}" 2 trailing`
    const response = await plant.write(`m v=1 1\n${long}\nm v=3 3\n`)
    expect(response.status).toBe(422)
    expect(await plant.delivered(2)).toBe('m v=1 1\nm v=3 3\n')
    const { dead_letters: parts } = (await plant.api('/api/v1/dead-letters')).body as {
      dead_letters: { text: string; message: string }[]
    }
    expect(
      parts
        .map(({ text }) => text)
        .reverse()
        .join(''),
    ).toBe(long)
    expect(parts[0]!.message).toMatch(/^part (\d) of \1: /)
  })

  it('of garbage are kept whole in few letters', async () => {
    const garbage = Array.from({ length: 5_000 }, (_, i) => `garbage ${i}`).join('\n')
    expect((await plant.write(garbage)).status).toBe(400)
    const { dead_letters: letters } = (await plant.api('/api/v1/dead-letters?limit=1000')).body as {
      dead_letters: { text: string }[]
    }
    expect(letters.length).toBe(1_000)
    const { dead_letters: more } = (await plant.api('/api/v1/dead-letters?limit=1000&offset=1000')).body as {
      dead_letters: { text: string }[]
    }
    const texts = [...letters, ...more].flatMap(({ text }) => text.trimEnd().split('\n'))
    expect([more.length, new Set(texts).size]).toEqual([1, 5_000])
  })
})
