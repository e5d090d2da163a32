import { FluxError, formatLocation } from '../errors.ts'
import { completeExtern, scriptLine, withOptions } from './extern.ts'
import { type LanguageServer, loadLibflux } from './libflux.ts'
import { readScript, syntaxErrors } from './read-tree.ts'
import type { Script } from './tree.ts'

interface Diagnostic {
  readonly message: string
  readonly range: {
    readonly start: { readonly line: number; readonly character: number }
    readonly end: { readonly line: number; readonly character: number }
  }
  readonly severity?: number
}

/**
 * Parses a script and checks its names and types as InfluxDB does, before anything of it runs.
 * @param extern a syntax tree with options that the script sees, as clients send it
 * @throws FluxError `invalid`, every mistake with its position
 */
export async function checkScript(text: string, extern: unknown = null): Promise<Script> {
  const libflux = await loadLibflux()
  const tree = libflux.parse(text)
  const errors = syntaxErrors(tree)
  if (errors.length > 0)
    throw new FluxError('invalid', `compilation failed: ${errors.join('\n\n')}`, { positioned: true })
  const given = completeExtern(extern)
  if (given === null) {
    if (!libflux.is_valid_flux(text)) throw new FluxError('invalid', await semanticErrors(text), { positioned: true })
    return readScript(tree)
  }
  const options = await printTree(given)
  if (options === null)
    throw new FluxError('invalid', 'compilation failed: extern json parse error: it is no syntax tree of Flux', {
      positioned: true,
    })
  const script = readScript(tree)
  const { imports, statements } = readScript(libflux.parse(options))
  refuseReassigned(script, statements)
  const insertion = withOptions(text, tree, options)
  if (!libflux.is_valid_flux(insertion.text))
    throw new FluxError('invalid', await semanticErrors(insertion.text, (line) => scriptLine(line, insertion)), {
      positioned: true,
    })
  return { imports: [...imports, ...script.imports], statements: [...statements, ...script.statements] }
}

/** An option may be set by the client or by the script, not by both. */
function refuseReassigned(script: Script, options: Script['statements']): void {
  for (const statement of script.statements)
    if (
      statement.kind === 'option' &&
      options.some(
        (other) => other.kind === 'option' && other.name === statement.name && other.package === statement.package,
      )
    )
      throw new FluxError(
        'invalid',
        `error ${formatLocation(statement.location)}: option "${statement.name}" reassigned`,
        { positioned: true },
      )
}

/** A tree that a client sent (`extern`, or `ast`) as text; null when libflux cannot print it. */
export async function printTree(tree: unknown): Promise<string | null> {
  const libflux = await loadLibflux()
  try {
    return libflux.format_from_js_file(tree)
  } catch {
    return null
  }
}

/** The syntax tree as libflux gives it, and its errors in words. */
export async function parseTree(text: string): Promise<{ readonly tree: unknown; readonly errors: readonly string[] }> {
  const libflux = await loadLibflux()
  const tree = libflux.parse(text)
  return { tree, errors: syntaxErrors(tree) }
}

/** What the checker has against a script, one sentence each. Asked of the language server, which alone gives texts. */
async function semanticErrors(text: string, lineOf: (line: number) => number = (line) => line): Promise<string> {
  const found = await diagnose(text)
  const errors = found
    .filter(({ severity }) => severity === undefined || severity === 1)
    .map(
      ({ message, range: { start, end } }) =>
        `error @${lineOf(start.line + 1)}:${start.character + 1}-${lineOf(end.line + 1)}:${end.character + 1}: ${message}`,
    )
  return errors.length > 0 ? errors.join('\n\n') : 'error @1:1-1:1: the script does not pass the type checker'
}

let server: LanguageServer | undefined
const listeners = new Map<string, (diagnostics: readonly Diagnostic[]) => void>()
let opened = 0

async function diagnose(text: string): Promise<readonly Diagnostic[]> {
  const { Lsp } = await loadLibflux()
  if (server === undefined) {
    server = new Lsp()
    server.onMessage((message) => {
      const { method, params } = JSON.parse(message) as {
        method?: string
        params?: { uri: string; diagnostics: readonly Diagnostic[] }
      }
      if (method === 'textDocument/publishDiagnostics' && params !== undefined)
        listeners.get(params.uri)?.(params.diagnostics)
    })
    void server.run()
    await server.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params: { capabilities: {} } }))
    await server.send(JSON.stringify({ jsonrpc: '2.0', method: 'initialized', params: {} }))
  }
  // Each script gets a folder of its own: files of one folder would be taken for one package.
  const uri = `file:///${++opened}/script.flux`
  const answer = new Promise<readonly Diagnostic[]>((resolve) => {
    const timer = setTimeout(() => resolve([]), 2_000)
    listeners.set(uri, (diagnostics) => {
      clearTimeout(timer)
      resolve(diagnostics)
    })
  })
  const document = { uri, languageId: 'flux', version: 1, text }
  await server.send(
    JSON.stringify({ jsonrpc: '2.0', method: 'textDocument/didOpen', params: { textDocument: document } }),
  )
  try {
    return await answer
  } finally {
    listeners.delete(uri)
    await server.send(
      JSON.stringify({ jsonrpc: '2.0', method: 'textDocument/didClose', params: { textDocument: { uri } } }),
    )
  }
}
