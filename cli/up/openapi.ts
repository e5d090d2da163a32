import { version } from '../version.ts'

/** As much of an OpenAPI 3.1 document as merging needs. */
export interface OpenApiDocument {
  readonly openapi: string
  readonly info: { readonly title: string; readonly version: string; readonly description?: string }
  readonly paths: Readonly<Record<string, object>>
  readonly components?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly [more: string]: unknown
}

const json = (description: string): object => ({
  description,
  content: { 'application/json': { schema: { type: 'object' } } },
})

/** What the gateway answers by itself. */
const own: OpenApiDocument['paths'] = {
  '/health': {
    get: {
      summary: 'whether the whole and each part is well',
      security: [],
      responses: { 200: json('all well'), 503: json('a part is not') },
    },
  },
  '/ready': {
    get: {
      summary: 'whether every part was ready once',
      security: [],
      responses: { 200: json('ready'), 503: json('still starting') },
    },
  },
  '/api/v1/progress': {
    get: { summary: 'how far a long start is: phase, done, total, message', responses: { 200: json('progress') } },
  },
  '/api/v1/plant': {
    get: { summary: 'the plant model in use', responses: { 200: json('plant model'), 404: json('there is none') } },
  },
}

/**
 * One document for the one address: the gateway's own paths and those of every part that has a document.
 * @throws Error when two parts claim one path or give one name to two things: a mistake in the program
 */
export function mergeOpenApi(parts: readonly OpenApiDocument[]): OpenApiDocument {
  const paths: Record<string, object> = { ...own }
  const components: Record<string, Record<string, unknown>> = {
    securitySchemes: {
      token: { type: 'apiKey', in: 'header', name: 'Authorization', description: '`Token …` or `Bearer …`' },
    },
  }
  for (const part of parts) {
    for (const [path, item] of Object.entries(part.paths)) {
      // Each part has these for itself; of the whole they are the gateway's.
      if (path === '/health' || path === '/ready') continue
      if (path in paths) throw new Error(`two parts describe ${path}`)
      paths[path] = item
    }
    for (const [kind, named] of Object.entries(part.components ?? {}))
      for (const [name, component] of Object.entries(named)) {
        const known = (components[kind] ??= {})
        if (name in known && JSON.stringify(known[name]) !== JSON.stringify(component))
          if (kind !== 'securitySchemes') throw new Error(`two parts describe ${kind}/${name}, and differ`)
        known[name] ??= component
      }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Plantwatch',
      version: version(),
      description:
        'Queries, buckets and the rest below `/api/v2` follow the InfluxDB 2 API and are not described here.',
    },
    security: [{ token: [] }],
    paths,
    components,
  }
}

/** The documents of those parts that have one and answer now. @param urls of the parts */
export async function documentsOf(urls: readonly URL[], timeoutMs = 3_000): Promise<readonly OpenApiDocument[]> {
  const answers = await Promise.all(
    urls.map(async (url) => {
      try {
        const response = await fetch(new URL('/api/v1/openapi.json', url), { signal: AbortSignal.timeout(timeoutMs) })
        return response.ok ? ((await response.json()) as OpenApiDocument) : null
      } catch {
        return null
      }
    }),
  )
  return answers.filter((document) => document !== null)
}
