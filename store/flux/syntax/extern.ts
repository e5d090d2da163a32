import { FluxError } from '../errors.ts'

/** Where the text of a client's options was put into a script, to find the script's own positions again. */
export interface Insertion {
  readonly text: string
  /** 1-based line of the script before which the options stand, and how many lines they take. */
  readonly line: number
  readonly lines: number
}

interface Located {
  readonly location?: { readonly end: { readonly line: number; readonly column: number } }
}

/**
 * A script with a client's options in front of its first statement, so that the checker sees them. Imports must come first, hence
 * the options stand after the last of them; the rest of that line keeps its columns.
 * @param tree the script's own syntax tree
 */
export function withOptions(script: string, tree: unknown, options: string): Insertion {
  const { imports, package: clause } = tree as { imports?: readonly Located[] | null; package?: Located | null }
  const end = (imports?.at(-1) ?? clause)?.location?.end ?? { line: 1, column: 1 }
  const rows = script.split('\n')
  const row = rows[end.line - 1] ?? ''
  // Columns count bytes of UTF-8.
  const head = Buffer.from(row)
    .subarray(0, end.column - 1)
    .toString('utf8')
  const block = options.trimEnd().split('\n')
  const before = [...rows.slice(0, end.line - 1), head]
  const after = [' '.repeat(end.column - 1) + row.slice(head.length), ...rows.slice(end.line)]
  return { text: [...before, ...block, ...after].join('\n'), line: end.line, lines: block.length + 1 }
}

/** A line of the checked text as a line of the script. */
export const scriptLine = (line: number, { line: at, lines }: Insertion): number =>
  line > at ? Math.max(at, line - lines) : line

/**
 * Makes a client's `extern` complete: some clients leave out `type` and `package`.
 * @throws FluxError `invalid` when it is no syntax tree
 */
export function completeExtern(extern: unknown): Record<string, unknown> | null {
  if (extern === null || extern === undefined) return null
  if (typeof extern !== 'object' || Array.isArray(extern)) throw externError('invalid type, expected struct File')
  const file = extern as Record<string, unknown>
  if (!('imports' in file)) throw externError('missing field `imports`')
  const body = file['body']
  if (!Array.isArray(body)) throw externError('missing field `body`')
  if (body.length === 0) return null
  return { type: 'File', package: null, ...file, imports: file['imports'] ?? [], body: body.map(complete) }
}

const externError = (reason: string): FluxError =>
  new FluxError('invalid', `compilation failed: extern json parse error: ${reason} at line 1 column 1`, {
    positioned: true,
  })

/** libflux wants a location on every node; the trees of clients have none. */
function complete(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(complete)
  if (typeof node !== 'object' || node === null) return node
  const nowhere = { start: { line: 0, column: 0 }, end: { line: 0, column: 0 } }
  const members = Object.entries(node).map(([name, value]) => [name, name === 'location' ? value : complete(value)])
  return { location: nowhere, ...Object.fromEntries(members) }
}
