import { expect, it } from 'vitest'
import { apiPage } from '../../lib/http/api-page.ts'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { eventKinds } from '../events/event-kinds.ts'
import { startIngestor } from '../service.ts'

it('tells of every address, the writes and each measurement of events too, in one file without scripts', async () => {
  const ingestor = await startIngestor({
    host: '127.0.0.1',
    port: 0,
    dataDir: await temporaryFolder(),
    influx: { url: 'http://127.0.0.1:9', token: 'x', org: 'plantwatch', bucket: 'plant_raw' },
    operatorToken: 'operator',
    segmentBytes: 4 << 20,
    log: () => {},
  })
  try {
    const document = (await (await fetch(`${ingestor.url}/api/v1/openapi.json`)).json()) as {
      paths: Record<string, Record<string, { responses: Record<string, unknown> }>>
      components: { schemas: Record<string, unknown> }
    }
    const answer = await fetch(`${ingestor.url}/api`)
    expect([answer.status, answer.headers.get('Content-Type')]).toEqual([200, expect.stringContaining('text/html')])
    const page = await answer.text()
    for (const path of ['/api/v2/write', '/write', ...Object.keys(eventKinds), '/api/v1/quarantine/release'])
      expect(Object.keys(document.paths)).toContain(path)
    for (const [path, item] of Object.entries(document.paths))
      for (const method of Object.keys(item)) expect(page).toContain(`<code>${method.toUpperCase()} ${path}</code>`)
    expect(document.components.schemas).toHaveProperty('Event_production_count.properties.fields.properties.good', {
      type: 'integer',
      description: expect.stringContaining('pieces'),
    })
    expect(Object.keys(document.paths['/write']!['post']!.responses)).toEqual([
      '204',
      '400',
      '401',
      '403',
      '404',
      '405',
      '413',
      '422',
      '503',
    ])
    expect(page).toContain('line_errors')
    expect(page).not.toMatch(/<script|<link (?!rel="icon" href="data:,")|src=|@import|url\(|https?:/)
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map((match) => match[1])
    expect(new Set(ids).size).toBe(ids.length)
    for (const [, target] of page.matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(target)
  } finally {
    await ingestor.close()
  }
})

it('shows texts as texts', () => {
  const page = apiPage({
    info: { title: '<b>', version: '1' },
    paths: { '/<x>': { get: { summary: '`a<b`', responses: { 200: { description: '"&' } } } } },
  })
  expect(page).toContain('<code>a&#60;b</code>')
  expect(page).not.toMatch(/<b>|<x>/)
})
