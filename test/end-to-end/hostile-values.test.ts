import { afterAll, beforeAll, expect, it } from 'vitest'
import { pointsOf, type StartedPair, startPair } from '../support/ingestor.ts'

let pair: StartedPair
beforeAll(async () => {
  pair = await startPair()
}, 60_000)
afterAll(() => pair?.close())

const newline = 'L1 v=1 1\ninjected v=666 1700000000000000000'

it('no value of a context, token, event or address makes a point of its own', async () => {
  const from = '2020-01-01T00:00:00Z'
  for (const lot of [newline, 'a\rb', 'a\u0000b', 'a\tb', 'a\u007fb']) {
    const refused = await pair.api('/api/v1/context/machines/press-1', 'PUT', { lot, from })
    expect([lot, refused.status]).toEqual([lot, 400])
  }
  const machine = await pair.api(`/api/v1/context/machines/${encodeURIComponent(newline)}`, 'PUT', { lot: '1', from })
  expect(machine.status).toBe(400)
  const token = await pair.api('/api/v1/tokens', 'POST', {
    name: 'x',
    buckets: ['plant_raw'],
    forced_tags: { machine: newline },
  })
  expect(token.status).toBe(400)
  for (const event of [
    { measurement: newline, fields: { v: 1 } },
    { measurement: 'e', tags: { t: newline }, fields: { v: 1 } },
    { measurement: 'e', tags: { [newline]: 'x' }, fields: { v: 1 } },
    { measurement: 'e', fields: { [newline]: 1 } },
  ])
    expect((await pair.api('/api/v1/events', 'POST', event)).status).toBe(400)
  const place = await pair.api(`/api/v1/events/energy?machine=${encodeURIComponent(newline)}`, 'POST', {
    record: 'ID: 1; Power: 5',
  })
  expect(place.status).toBe(400)
  expect(await pair.query(pointsOf('injected'))).toEqual([])
})

it('what a context may hold arrives as it was said, whatever line protocol makes of its characters', async () => {
  const lot = 'L 1,product=x y=z #"\u{1F600}'
  const taken = await pair.api('/api/v1/context/machines/press-9', 'PUT', { lot, from: '2020-01-01T00:00:00Z' })
  expect(taken.status).toBe(200)
  expect((await pair.write('hostile,machine=press-9 v=1 1700000000000000000')).status).toBe(204)
  const rows = await pair.query(`${pointsOf('hostile')} |> map(fn: (r) => ({same: r.lot == ${JSON.stringify(lot)}}))`)
  expect(rows.map(({ same }) => same)).toEqual(['true'])
})

it('a text with line ends in it stays one field', async () => {
  const text = newline.replaceAll('"', '')
  expect((await pair.api('/api/v1/events', 'POST', { measurement: 'texts', fields: { text } })).status).toBe(204)
  expect((await pair.write(`texts2 text="${text}" 1700000000000000000\n`)).status).toBe(204)
  expect(await pair.query(`${pointsOf('texts')} |> count()`)).toMatchObject([{ _value: '1' }])
  expect(await pair.query(`${pointsOf('texts2')} |> count()`)).toMatchObject([{ _value: '1' }])
  expect(await pair.query(pointsOf('injected'))).toEqual([])
})
