import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MissingFunction } from './interpret/engine.ts'
import { universeValue } from './interpret/packages.ts'
import { packages } from './packages/index.ts'
import { loadLibflux } from './syntax/libflux.ts'
import { type LibraryMember, readLibrary } from './syntax/library.ts'
import type { Builtin, Constant } from './universe/define.ts'
import { universe } from './universe/index.ts'

/** Packages of the Flux project itself: nobody's scripts import them. */
const ofFluxItself = /^(internal|testing|planner|profiler)\b/
/** Where the checker lists the functions that need no import and are InfluxDB's rather than Flux's. */
const prelude = 'influxdata/influxdb'
/** What the interpreter gives without a row in the table. */
const options = ['now']

/** docs/flux-support.md, out of the table of functions and the checker's list of everything that InfluxDB has. */
export async function fluxSupportPage(): Promise<string> {
  const library = (await readLibrary()).filter(
    ({ package: path, name }) => !ofFluxItself.test(path) && !name.startsWith('_'),
  )
  const rows = await callable([...universe, ...packages].filter(({ package: path }) => !ofFluxItself.test(path)))
  const paths = [...new Set([...library, ...rows].map(({ package: path }) => path))].sort()
  const listedIn = (path: string): LibraryMember[] =>
    library.filter(
      (one) =>
        one.package === path ||
        (path === '' && one.package === prelude && rows.some((row) => row.package === '' && row.name === one.name)),
    )
  const sections = paths.map((path) => sectionOf(path, rowsOf(rows, path), listedIn(path)))
  const nothing = sections.filter(({ built }) => built === 0)
  const functions = library.filter(({ parameters }) => parameters !== null)
  const isBuilt = new Set(rows.map(({ package: path, name }) => `${path}.${name}`))
  const builtCount = functions.filter(
    ({ package: path, name }) => isBuilt.has(`${path}.${name}`) || (path === '' && options.includes(name)),
  ).length
  return `<!-- Generated from the table of functions in store/flux by \`npm run generate\`. -->
# Flux

What the embedded store runs of Flux. The whole language is there (functions, records, arrays, dictionaries, conditions,
string interpolation, options, imports, \`extern\`), parsed and type-checked by InfluxDB's own libflux before anything runs: a script
that InfluxDB refuses for a name or a type is refused here too. Of the ${functions.length} functions that libflux 0.193 knows, ${builtCount} are built.

**Whatever is not built is refused by name**, with line and column, and never answered in part:

\`\`\`text
error calling function "from" @2:1-2:66: sql.from is not supported by the embedded store
\`\`\`

That holds for functions, for single parameters (\`to(org: …)\`) and for modes; a function that is named and not called does no harm.
\`npm run contract\` asks what a real InfluxDB was asked, and \`npm run contract -- --wrong --refused --other\` lists what differs. Known to differ:

- Columns may come in another order than from InfluxDB, where theirs depends on what storage or a vectorised function did; clients find them by their labels.
- A \`map\` that leaves nothing but a null of no known type keeps its rows; InfluxDB answers a table without rows.
- Texts of the parser and type checker are those of libflux 0.193, InfluxDB 2.9 has 0.200.

## Without an import

${sections.find(({ path }) => path === '')!.text}

${sections
  .filter(({ path, built }) => path !== '' && built > 0)
  .map(({ path, text }) => `## ${path}\n\n${text}`)
  .join('\n\n')}

## Packages of which nothing is built

${nothing.map(({ path, missing }) => `- \`${path}\`: ${listOf(missing)}`).join('\n')}

Packages of the Flux project itself (\`internal/…\`, \`testing\`, \`planner\`, \`profiler\`) are left out here.

## Modes that are refused

In the words of the refusal, where \`…\` stands for what the script says:

${refusedModes()
  .map((mode) => `- ${mode}`)
  .join('\n')}
`
}

interface Section {
  readonly path: string
  readonly built: number
  /** Names that InfluxDB has and the store has not. */
  readonly missing: readonly string[]
  readonly text: string
}

const rowsOf = (rows: readonly (Builtin | Constant)[], path: string): (Builtin | Constant)[] =>
  rows.filter((row) => row.package === path).sort((a, b) => (a.name < b.name ? -1 : 1))

function sectionOf(path: string, rows: readonly (Builtin | Constant)[], library: readonly LibraryMember[]): Section {
  const known = new Map(library.map((member) => [member.name, member]))
  const plain: string[] = []
  const constants: string[] = []
  const lines: string[] = []
  for (const row of rows) {
    if (!('call' in row)) {
      constants.push(row.name)
      continue
    }
    const refused = (known.get(row.name)?.parameters ?? []).filter(
      (one) => !row.parameters.some((own) => own.name === one),
    )
    if (refused.length === 0 && row.note === undefined) plain.push(row.name)
    else lines.push(`| \`${row.name}\` | ${listOf(refused)} | ${row.note ?? ''} |`)
  }
  const built = new Set(rows.map(({ name }) => name))
  const left = library.filter(({ name }) => !built.has(name))
  if (path === '')
    for (const { name, parameters } of left)
      if (options.includes(name) || !(universeValue(name) instanceof MissingFunction))
        (parameters === null ? constants : plain).push(name)
  const missing = left.map(({ name }) => name).filter((name) => !plain.includes(name) && !constants.includes(name))
  const parts = [
    ...(plain.length === 0 ? [] : [`As in InfluxDB: ${listOf(plain.sort())}.`]),
    ...(constants.length === 0 ? [] : [`Constants: ${listOf(constants.sort())}.`]),
    ...(lines.length === 0
      ? []
      : [['| function | refused parameters | what differs |', '| --- | --- | --- |', ...lines].join('\n')]),
    ...(missing.length === 0 ? [] : [`Not built: ${listOf(missing)}.`]),
  ]
  return { path, built: rows.length, missing, text: parts.join('\n\n') }
}

const listOf = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ')

/** Rows that a script can name: the checker refuses what its version of Flux does not have. */
async function callable(rows: readonly (Builtin | Constant)[]): Promise<(Builtin | Constant)[]> {
  const libflux = await loadLibflux()
  return rows.filter(({ package: path, name }) =>
    libflux.is_valid_flux(path === '' ? `x = ${name}` : `import "${path}"\nx = ${path.replace(/^.*\//, '')}.${name}`),
  )
}

/** What functions refuse of their own accord: the texts in the code, so that none is forgotten here. */
function refusedModes(): string[] {
  const folder = fileURLToPath(new URL('.', import.meta.url))
  const found = new Set<string>()
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.ts') || entry.name.endsWith('.test.ts')) continue
    const text = readFileSync(join(entry.parentPath, entry.name), 'utf8')
    for (const [, quoted, template] of text.matchAll(/new UnsupportedError\(\s*(?:'([^']+)'|`([^`]+)`)/g))
      found.add((quoted ?? template!).replace(/\$\{[^}]*\}/g, '…'))
  }
  // The refusal of any function or parameter is no mode.
  return [...found].filter((mode) => !/^…([(.]| of …$| as a part)|^…$/.test(mode)).sort()
}
