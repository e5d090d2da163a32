import type { Call } from '../command.ts'
import { printRecords } from '../print-table.ts'
import { ask, findServer, type ServerAt } from '../server.ts'

interface Piece {
  readonly from: string
  readonly to: string | null
  readonly [tag: string]: string | null
}
interface Page {
  readonly links: { readonly next?: string }
}

/** `plantwatch context list`. */
export async function run({ values, arguments: [machine], json }: Call): Promise<void> {
  const server = await findServer(values)
  if (machine !== undefined) {
    const pages = await pagesOf<Page & { pieces: Piece[] }>(
      server,
      `/api/v1/context/machines/${encodeURIComponent(machine)}?limit=1000`,
    )
    print(
      pages.flatMap(({ pieces }) => pieces),
      json,
    )
    return
  }
  const pages = await pagesOf<Page & { machines: { machine: string; now: Piece | null }[] }>(
    server,
    '/api/v1/context/machines?limit=1000',
  )
  print(
    pages.flatMap(({ machines }) => machines.map(({ machine: name, now }) => ({ machine: name, ...now }))),
    json,
  )
}

function print(records: readonly Readonly<Record<string, unknown>>[], json: boolean): void {
  if (json) console.log(JSON.stringify(records))
  else printRecords(records)
}

async function pagesOf<P extends Page>(server: ServerAt, first: string): Promise<P[]> {
  const pages: P[] = []
  for (let path: string | undefined = first; path !== undefined; path = pages.at(-1)!.links.next)
    pages.push((await (await ask(server, path)).json()) as P)
  return pages
}
