import { askJson, queryText } from '../ask-json.ts'
import type { Call } from '../command.ts'
import { countOption } from '../number-option.ts'
import { printRecords } from '../print-table.ts'
import { findServer } from '../server.ts'
import { selectionOf } from './selection.ts'

interface PointPage {
  readonly points: readonly {
    readonly measurement: string
    readonly tags: Readonly<Record<string, string>>
    readonly fields: Readonly<Record<string, unknown>>
    readonly time: string
  }[]
  readonly links: { readonly next?: string }
}

/** `plantwatch quarantine list`. */
export async function run({ values, options, json }: Call): Promise<void> {
  const limit = Math.min(countOption(options, 'limit') ?? 100, 1_000)
  const offset = countOption(options, 'offset', { least: 0 }) ?? 0
  const query = queryText({ ...selectionOf(options), limit, offset })
  const page = await askJson<PointPage>(await findServer(values), `/api/v1/quarantine${query}`)
  if (json) {
    console.log(JSON.stringify(page))
    return
  }
  printRecords(page.points.map(({ measurement, tags, fields, time }) => ({ time, measurement, ...tags, ...fields })))
  if (page.links.next !== undefined) console.log(`\nthere are more: --offset ${offset + limit}`)
}
