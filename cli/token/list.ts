import { askJson } from '../ask-json.ts'
import type { Call } from '../command.ts'
import { printRecords } from '../print-table.ts'
import { findServer } from '../server.ts'

interface TokenPage {
  readonly tokens: readonly {
    readonly id: string
    readonly name: string
    readonly created_at: string
    readonly buckets: readonly string[] | null
    readonly measurements: readonly string[] | null
    readonly forced_tags: Readonly<Record<string, string>>
    readonly series_max: number | null
  }[]
  readonly links: { readonly next?: string }
}

/** `plantwatch token list`. */
export async function run({ values, json }: Call): Promise<void> {
  const server = await findServer(values)
  const tokens: TokenPage['tokens'][number][] = []
  let path: string | undefined = '/api/v1/tokens?limit=1000'
  while (path !== undefined) {
    const page: TokenPage = await askJson<TokenPage>(server, path)
    tokens.push(...page.tokens)
    path = page.links.next
  }
  if (json) {
    console.log(JSON.stringify({ tokens }))
    return
  }
  printRecords(
    tokens.map(({ id, name, created_at: made, buckets, measurements, forced_tags: tags, series_max: seriesMax }) => ({
      id,
      name,
      made,
      buckets: buckets?.join(',') ?? 'all',
      measurements: measurements?.join(',') ?? 'all',
      tags: Object.entries(tags)
        .map((pair) => pair.join('='))
        .join(','),
      series_max: seriesMax,
    })),
  )
}
