import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { extname, join, relative, sep } from 'node:path'

interface Asset {
  readonly body: Uint8Array<ArrayBuffer>
  readonly type: string
  readonly etag: string
  readonly encoded: Partial<Record<'br' | 'gzip', Uint8Array<ArrayBuffer>>>
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
  '.png': 'image/png',
  '.json': 'application/json',
}

/**
 * A built bundle, held in memory: three megabytes, and a bundle that is built anew under a running board changes nothing
 * for it. Names in `assets/` carry a hash and are kept by browsers for ever.
 */
export class Assets {
  readonly #files = new Map<string, Asset>()
  readonly #policy: string

  /** @throws Error when there is no index.html */
  constructor(distDir: string) {
    for (const entry of readdirSync(distDir, { withFileTypes: true, recursive: true })) {
      if (!entry.isFile() || /\.(br|gz|map)$/.test(entry.name)) continue
      const path = join(entry.parentPath, entry.name)
      const body = new Uint8Array(readFileSync(path))
      this.#files.set(`/${relative(distDir, path).split(sep).join('/')}`, {
        body,
        type: types[extname(entry.name)] ?? 'application/octet-stream',
        etag: `"${createHash('sha256').update(body).digest('hex').slice(0, 20)}"`,
        encoded: { ...packed(path, 'br', '.br'), ...packed(path, 'gzip', '.gz') },
      })
    }
    const page = this.#files.get('/index.html')
    if (page === undefined) throw new Error(`there is no bundle in ${distDir}`)
    this.#policy = policyFor(new TextDecoder().decode(page.body))
  }

  /** A file of the bundle, or null. */
  file(path: string, request: Request): Response | null {
    const asset = path === '/index.html' ? undefined : this.#files.get(path)
    if (asset === undefined) return null
    const keep = path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'public, max-age=86400'
    return answer(asset, request, { 'Cache-Control': keep })
  }

  /** The one page, whatever its address. */
  page(request: Request): Response {
    return answer(this.#files.get('/index.html')!, request, {
      'Cache-Control': 'no-cache',
      'Content-Security-Policy': this.#policy,
      'Referrer-Policy': 'same-origin',
    })
  }
}

function packed(
  path: string,
  name: 'br' | 'gzip',
  ending: string,
): Partial<Record<'br' | 'gzip', Uint8Array<ArrayBuffer>>> {
  try {
    return { [name]: new Uint8Array(readFileSync(path + ending)) }
  } catch {
    return {} // small files have none
  }
}

function answer(asset: Asset, request: Request, more: Readonly<Record<string, string>>): Response {
  const headers = new Headers({
    ...more,
    'Content-Type': asset.type,
    'X-Content-Type-Options': 'nosniff',
    ETag: asset.etag,
    Vary: 'Accept-Encoding',
  })
  if (request.headers.get('if-none-match') === asset.etag) return new Response(null, { status: 304, headers })
  const accepted = request.headers.get('accept-encoding') ?? ''
  const encoding = (['br', 'gzip'] as const).find(
    (name) => accepted.includes(name) && asset.encoded[name] !== undefined,
  )
  if (encoding !== undefined) headers.set('Content-Encoding', encoding)
  return new Response(encoding === undefined ? asset.body : asset.encoded[encoding]!, { headers })
}

/** Scripts of this page alone: what a text panel or a tag's value contains never runs. Emotion writes styles as it goes. */
function policyFor(page: string): string {
  const inline = [...page.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(
    ([, script]) => `'sha256-${createHash('sha256').update(script!).digest('base64')}'`,
  )
  return [
    "default-src 'self'",
    `script-src 'self' ${inline.join(' ')}`.trimEnd(),
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
  ].join('; ')
}
