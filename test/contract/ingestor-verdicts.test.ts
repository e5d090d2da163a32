import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type StartedPair, startPair } from '../support/ingestor.ts'
import { sharedPath } from '../support/shared.ts'

interface Step {
  readonly name: string
  readonly request: { readonly method: string; readonly path: string; readonly body?: unknown }
  readonly response: { readonly status: number; readonly body?: { readonly message?: string } | string }
}
const topics = ['20-write-accepted', '22-write-malformed', '23-write-partial'] as const
const folder = sharedPath('contract', 'http')

const crlf = 'lines may end in cr lf'
const apart = 'a bad line does not sink its neighbours'
const widened = 'an integer for a float field is widened'
const time = 'a time far ahead, or in another precision, is named'
const store = 'only the store knows; what it refuses comes to the dead letters'
const large = 'lines have a limit, and keys leave room for context tags'
/** Steps whose verdict, or whose words, are others here on purpose, and why; docs/ingestor.md lists the same reasons. */
const deviations: Readonly<Record<string, readonly [status: number, why: string]>> = {
  'CRLF line ends after a timestamp are refused': [204, crlf],
  'CRLF with a blank before it is refused': [204, crlf],
  'CRLF behind a field without a timestamp is refused': [204, crlf],
  'a lone CRLF is a line of its own kind': [204, crlf],
  'two bad lines are both named': [422, apart],
  'one bad line in a thousand spoils them all': [422, apart],
  'a bad line after good ones of another series': [422, apart],
  'an integer for a float field: the good points stay': [204, widened],
  'two types of a new field in one request': [204, widened],
  'another tag set has the same field type': [204, widened],
  'the earliest and the latest timestamp': [422, time],
  'a timestamp just out of range': [400, time],
  'seconds that overflow nanoseconds': [400, time],
  'a field called time beside another: 422 with nothing dropped': [204, store],
  'only a field called time': [204, store],
  'a point older than the retention': [204, store],
  'only points older than the retention': [204, store],
  'a string that is too long': [422, large],
  'the longest string': [400, large],
  'measurement and tags, four bytes and a field of together 65535 bytes': [400, large],
}

describe.skipIf(folder === null)('lines that a real InfluxDB judged', () => {
  let pair: StartedPair
  beforeAll(async () => {
    pair = await startPair()
    for (const bucket of ['wok', 'wbad', 'wpart', 'wret']) await pair.bucket(bucket)
  }, 60_000)
  afterAll(() => pair?.close())

  const startedSeconds = Math.floor(Date.now() / 1_000)
  const fill = (text: string): string =>
    text
      .replace(/\{\{repeat:(.):(\d+)\}\}/g, (_, one: string, times: string) => one.repeat(Number(times)))
      .replace(/\{\{nowS([+-]\d+)?\}\}/g, (_, plus?: string) => String(startedSeconds + Number(plus ?? 0)))
      .replace(/\{\{each:(\d+):(\d+):(.*?)\}\}/g, (_, from: string, to: string, line: string) =>
        Array.from({ length: Number(to) - Number(from) + 1 }, (__, i) =>
          line.replaceAll('%i', String(Number(from) + i)),
        ).join('\n'),
      )
      .replaceAll('{{org}}', 'plantwatch')

  for (const topic of folder === null ? [] : topics) {
    const { steps } = JSON.parse(readFileSync(`${folder}/${topic}.json`, 'utf8')) as { steps: readonly Step[] }
    const writes = steps.filter(
      ({ request }) => request.path.startsWith('/api/v2/write') && typeof request.body === 'string',
    )
    it.each(writes.map((step) => [step.name, step] as const))(`${topic}: %s`, async (name, { request, response }) => {
      const body = fill(request.body as string)
      const answer = await pair.write(body, fill(request.path).split('?')[1])
      const text = await answer.text()
      const deviation = deviations[name]
      expect([answer.status, text.slice(0, 300)]).toEqual([deviation?.[0] ?? response.status, expect.anything()])
      if (answer.status === 204 || deviation !== undefined) return
      // InfluxDB says "unable to parse '<line>': <reason>" for each; here each has its place as well.
      const theirs = typeof response.body === 'object' ? fill(response.body.message ?? '') : ''
      const reasons = (JSON.parse(text) as { line_errors: { reason: string }[] }).line_errors.map(
        ({ reason }) => reason,
      )
      for (const reason of reasons) expect(theirs).toContain(reason.split('; ')[0])
    })
  }
})

it.each([...new Set(Object.values(deviations).map(([, why]) => why))])('docs/ingestor.md lists: %s', (why) => {
  expect(
    readFileSync(new URL('../../docs/ingestor.md', import.meta.url), 'utf8')
      .toLowerCase()
      .replace(/\s+/g, ' '),
  ).toContain(why)
})
