/** As much of an OpenAPI 3.1 document as the page shows. */
export interface ApiDocument {
  readonly info: { readonly title: string; readonly version: string; readonly description?: string }
  readonly paths?: Readonly<Record<string, object>>
  readonly components?: { readonly schemas?: Readonly<Record<string, object>> }
}

interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly format?: string
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly default?: unknown
  readonly description?: string
  readonly example?: unknown
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | Schema
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
  readonly minimum?: number
  readonly maximum?: number
  readonly maxLength?: number
}
type Content = Readonly<Record<string, { readonly schema?: Schema; readonly example?: unknown }>>
interface Parameter {
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly description?: string
  readonly schema?: Schema
}
interface Operation {
  readonly tags?: readonly string[]
  readonly summary?: string
  readonly description?: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content?: Content }
  readonly responses?: Readonly<Record<string, { readonly description?: string; readonly content?: Content }>>
}
interface Entry {
  readonly method: string
  readonly path: string
  readonly operation: Operation
}

const methods = ['get', 'put', 'post', 'patch', 'delete'] as const

/** An OpenAPI document as a page to read: one file, no script, nothing from elsewhere. Texts are escaped; `code` in backticks is shown as code. */
export function apiPage({ info, paths = {}, components = {} }: ApiDocument): string {
  const groups = new Map<string, Entry[]>()
  for (const [path, item] of Object.entries(paths))
    for (const method of methods) {
      const operation = (item as Partial<Record<string, Operation>>)[method]
      if (operation === undefined) continue
      const group = operation.tags?.[0] ?? 'system'
      groups.set(group, [...(groups.get(group) ?? []), { method, path, operation }])
    }
  const schemas = Object.entries(components.schemas ?? {}) as [string, Schema][]
  const contents = [...groups]
    .map(
      ([group, entries]) =>
        `<section><h2 id="${idOf(group)}">${inline(group)}</h2><ul>${entries
          .map(({ method, path, operation }) => `<li>${link(method, path)} ${inline(operation.summary ?? '')}</li>`)
          .join('')}</ul>${entries.map(operationHtml).join('')}</section>`,
    )
    .join('\n')
  const shapes = schemas
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([name, schema]) =>
        `<h3 id="schema-${idOf(name)}">${escaped(name)}</h3>${paragraph(schema.description)}${schemaHtml(schema)}`,
    )
    .join('\n')
  return `<!doctype html>
<html lang="en">
<head>
<link rel="icon" href="data:,">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(info.title)} API</title>
<style>${style}</style>
</head>
<body>
<header><h1>${escaped(info.title)} API</h1><p>Version ${escaped(info.version)}. ${inline(info.description ?? '')}
For programs: <a href="/api/v1/openapi.json">openapi.json</a> (OpenAPI 3.1).</p>
<p>A token comes as <code>Authorization: Token …</code> or <code>Bearer …</code>. Errors are
<code>{"code","message"}</code> with the code also in the header <code>X-Platform-Error-Code</code>.</p>
<nav>${[...groups.keys()].map((group) => `<a href="#${idOf(group)}">${escaped(group)}</a>`).join(' ')}${
    schemas.length > 0 ? ' <a href="#shapes">shapes</a>' : ''
  }</nav></header>
<main>
${contents}
${schemas.length > 0 ? `<section><h2 id="shapes">Shapes</h2>${shapes}</section>` : ''}
</main>
</body>
</html>
`
}

const operationId = (method: string, path: string): string => idOf(`${method} ${path}`)
const link = (method: string, path: string): string =>
  `<a href="#${operationId(method, path)}"><code>${method.toUpperCase()} ${escaped(path)}</code></a>`

function operationHtml({ method, path, operation }: Entry): string {
  const { summary, description, parameters = [], requestBody, responses = {} } = operation
  const rows = parameters.map(({ name, in: where, required, description: meaning, schema = {} }) => [
    `<code>${escaped(name)}</code>`,
    escaped(where) + (required ? ', required' : ''),
    typeHtml(schema),
    inline(meaning ?? schema.description ?? ''),
  ])
  const answers = Object.entries(responses).map(([status, { description: meaning, content }]) => [
    `<code>${escaped(status)}</code>`,
    inline(meaning ?? ''),
    Object.values(content ?? {})
      .map(({ schema }) => (schema === undefined ? '' : typeHtml(schema)))
      .join('<br>'),
  ])
  return `<article id="${operationId(method, path)}">
<h3><span class="method ${escaped(method)}">${escaped(method.toUpperCase())}</span> <code>${escaped(path)}</code></h3>
${paragraph(summary)}${paragraph(description)}
${rows.length > 0 ? table(['parameter', 'where', 'type', 'meaning'], rows) : ''}
${Object.entries(requestBody?.content ?? {})
  .map(([type, { schema = {}, example }]) => bodyHtml(type, schema, example ?? schema.example))
  .join('')}
${table(['answer', 'when', 'body'], answers)}
</article>`
}

const bodyHtml = (type: string, schema: Schema, example: unknown): string =>
  `<p>Body <code>${escaped(type)}</code>: ${schema.properties === undefined ? typeHtml(schema) : 'object'}</p>${
    schema.properties === undefined ? '' : schemaHtml(schema)
  }${example === undefined ? '' : `<pre>${escaped(typeof example === 'string' ? example : JSON.stringify(example, null, 2))}</pre>`}`

/** The members of an object as a table; any other schema as its type. Objects within are shown with their members below them. */
function schemaHtml(schema: Schema): string {
  const rows = membersOf(schema)
  const example = schema.example === undefined ? '' : `<pre>${escaped(JSON.stringify(schema.example, null, 2))}</pre>`
  if (rows.length === 0) return `<p>${typeHtml(schema)}</p>${example}`
  return table(['member', 'type', 'meaning'], rows) + example
}

function membersOf({ properties = {}, required = [], allOf = [] }: Schema, prefix = ''): string[][] {
  const own = Object.entries(properties).flatMap(([name, member]) => [
    [
      `<code>${escaped(prefix + name)}</code>${required.includes(name) ? '' : ' <small>optional</small>'}`,
      member.properties === undefined ? typeHtml(member) : 'object',
      inline(member.description ?? ''),
    ],
    ...(member.properties === undefined ? [] : membersOf(member, `${prefix}${name}.`)),
  ])
  return [...allOf.flatMap((part) => membersOf(part, prefix)), ...own]
}

/** `list of DeadLetter`, `text, date-time`, `"ns" or "us"` */
function typeHtml(schema: Schema): string {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split('/').at(-1)!
    return `<a href="#schema-${idOf(name)}">${escaped(name)}</a>`
  }
  if (schema.const !== undefined) return `<code>${escaped(JSON.stringify(schema.const))}</code>`
  if (schema.enum !== undefined)
    return schema.enum.map((value) => `<code>${escaped(JSON.stringify(value))}</code>`).join(' or ') + fallback(schema)
  const choices = schema.anyOf ?? schema.oneOf
  if (choices !== undefined) return choices.map(typeHtml).join(' or ')
  if (schema.allOf !== undefined) return schema.allOf.map(typeHtml).join(' with ')
  if (schema.type === 'array') return `list of ${typeHtml(schema.items ?? {})}`
  if (schema.type === 'object' && typeof schema.additionalProperties === 'object' && schema.properties === undefined)
    return `object of ${typeHtml(schema.additionalProperties)}`
  const members = Object.entries(schema.properties ?? {})
  if (members.length > 0)
    return `object with ${members.map(([name, member]) => `<code>${escaped(name)}</code> (${typeHtml(member)})`).join(', ')}`
  const words = [schema.type ?? 'anything'].flat().map((type) => typeWords[type] ?? type)
  const bounds = [
    schema.format,
    schema.minimum === undefined || Math.abs(schema.minimum) >= Number.MAX_SAFE_INTEGER
      ? undefined
      : `from ${schema.minimum}`,
    schema.maximum === undefined || schema.maximum >= Number.MAX_SAFE_INTEGER ? undefined : `to ${schema.maximum}`,
    schema.maxLength === undefined ? undefined : `at most ${schema.maxLength} characters`,
  ].filter((word) => word !== undefined)
  return escaped([words.join(' or '), ...bounds].join(', ')) + fallback(schema)
}

const typeWords: Readonly<Record<string, string>> = { string: 'text', integer: 'whole number' }
const fallback = (schema: Schema): string =>
  schema.default === undefined ? '' : `, default <code>${escaped(JSON.stringify(schema.default))}</code>`

const table = (header: readonly string[], rows: readonly (readonly string[])[]): string =>
  `<table><thead><tr>${header.map((name) => `<th scope="col">${name}</th>`).join('')}</tr></thead><tbody>${rows
    .map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`)
    .join('')}</tbody></table>`

const paragraph = (text: string | undefined): string =>
  text === undefined || text === '' ? '' : `<p>${inline(text)}</p>`
const inline = (text: string): string => escaped(text).replace(/`([^`]+)`/g, '<code>$1</code>')
const idOf = (text: string): string => text.replace(/[^A-Za-z0-9]+/g, '-').replace(/^-|-$/g, '')
const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

const style = `
:root{color-scheme:light dark;--line:#8884;--soft:#8882;--link:#0a66c2}
@media (prefers-color-scheme:dark){:root{--link:#6cb6ff}}
body{font:15px/1.5 system-ui,sans-serif;margin:0 auto;padding:1rem;max-width:64rem}
h1{font-size:1.6rem}h2{font-size:1.3rem;border-bottom:1px solid var(--line);margin-top:2.5rem;text-transform:capitalize}
h3{font-size:1rem;margin:1.5rem 0 .3rem}
a{color:var(--link)}nav a{margin-right:.8rem;white-space:nowrap}
code,pre{font:13px/1.45 ui-monospace,monospace}code{background:var(--soft);padding:0 .2em;border-radius:3px;overflow-wrap:anywhere}
a code{background:none}pre{background:var(--soft);padding:.6rem;overflow:auto;border-radius:4px}
article{border-left:3px solid var(--line);padding-left:1rem;margin:1.5rem 0}
table{border-collapse:collapse;width:100%;margin:.6rem 0}th,td{text-align:left;vertical-align:top;padding:.25rem .6rem .25rem 0;border-bottom:1px solid var(--line)}
th{font-weight:600}th:first-child{width:9rem}small{opacity:.75}p{margin:.4rem 0}
.method{font:600 12px ui-monospace,monospace;border:1px solid var(--line);border-radius:3px;padding:.1rem .4rem}`
