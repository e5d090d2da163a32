import { loadLibflux } from './libflux.ts'

/** A function or constant of InfluxDB's standard library, as the checker knows it. */
export interface LibraryMember {
  /** Import path; '' for what needs no import. */
  readonly package: string
  readonly name: string
  /** Names of its parameters; null for a constant. */
  readonly parameters: readonly string[] | null
}

interface Completion {
  readonly label: string
  readonly kind: number
  readonly detail?: string
}
/** As the language server protocol numbers them. */
const functionKind = 3

/** Everything in the standard library, asked of libflux's language server as an editor asks while one types. Takes 0.3 s. */
export async function readLibrary(): Promise<readonly LibraryMember[]> {
  const { Lsp } = await loadLibflux()
  const server = new Lsp()
  server.onMessage(() => {})
  void server.run()
  let sent = 0
  const notify = (method: string, params: object): Promise<string | undefined> =>
    server.send(JSON.stringify({ jsonrpc: '2.0', method, params }))
  const ask = async (method: string, params: object): Promise<unknown> => {
    const answer = await server.send(JSON.stringify({ jsonrpc: '2.0', id: ++sent, method, params }))
    return answer === undefined ? null : (JSON.parse(answer) as { result?: unknown }).result
  }
  const completions = async (text: string): Promise<readonly Completion[]> => {
    const uri = `file:///${++sent}/library.flux`
    await notify('textDocument/didOpen', { textDocument: { uri, languageId: 'flux', version: 1, text } })
    const lines = text.split('\n')
    const position = { line: lines.length - 1, character: lines.at(-1)!.length }
    const found = await ask('textDocument/completion', { textDocument: { uri }, position, context: { triggerKind: 1 } })
    await notify('textDocument/didClose', { textDocument: { uri } })
    return (found as { items?: readonly Completion[] } | null)?.items ?? []
  }
  await ask('initialize', { capabilities: {} })
  await notify('initialized', {})

  const paths = (await completions('import "')).map(({ label }) => JSON.parse(label) as string)
  const members: LibraryMember[] = []
  for (const path of paths)
    for (const { label, kind, detail } of await completions(`import "${path}"\n\n${path.replace(/^.*\//, '')}.`))
      members.push({
        package: path === 'universe' ? '' : path,
        name: label.replace(/ \(.*\)$/, ''),
        parameters: kind === functionKind && detail?.startsWith('(') === true ? parametersOf(detail) : null,
      })
  return members.sort(
    (a, b) => Number(a.package > b.package) - Number(a.package < b.package) || (a.name < b.name ? -1 : 1),
  )
}

/** The names in front of a function's type: `(<-tables:stream[A], fn:(r: A) => bool) -> stream[A]` has tables and fn. */
function parametersOf(type: string): string[] {
  const parameters: string[] = []
  let depth = 0
  let start = 1
  for (let i = 0; i < type.length; i++) {
    const c = type[i]!
    if ('([{'.includes(c)) depth++
    if (')]}'.includes(c)) depth--
    if ((c === ',' && depth === 1) || depth === 0) {
      const name = /^\s*(?:<-)?(\w+)\s*:/.exec(type.slice(start, i))?.[1]
      if (name !== undefined) parameters.push(name)
      start = i + 1
    }
    if (depth === 0) break
  }
  return parameters
}
