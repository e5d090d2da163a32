import { randomBytes } from 'node:crypto'
import { open, readFile, rename } from 'node:fs/promises'
import { z } from 'zod'
import { hashToken } from '../../lib/tokens/hash.ts'
import type { TokenScope } from '../intake/rights.ts'

const text = z.string().min(1).max(256)
/** What goes into lines as it is said: a line end in it would make a line of its own, a backslash at its end would hide what follows. */
const tagText = text.regex(/^[^\p{Cc}\\]*$/u, 'must hold no control character and no backslash')

/** What a new token may do; nothing given means no limit. */
export const scopeSchema = z.strictObject({
  name: text,
  buckets: z.array(text).min(1).nullable().default(null),
  measurements: z.array(text).min(1).nullable().default(null),
  forced_tags: z.record(tagText, tagText).default({}),
  series_max: z.number().int().positive().nullable().default(null),
})
export type NewToken = z.output<typeof scopeSchema>

/** With their names and values at their longest, so many fit into what the log keeps of a line's added tags. */
const forcedTagsMax = 32
/** As `scopeSchema`, for a token that is made now. */
export const newTokenSchema = scopeSchema.refine(
  ({ forced_tags }) => Object.keys(forced_tags).length <= forcedTagsMax,
  {
    path: ['forced_tags'],
    message: `must be ${forcedTagsMax} tags at most`,
  },
)

const storedSchema = z.strictObject({
  id: z.string(),
  hash: z.string(),
  created_at: z.string(),
  ...scopeSchema.shape,
})
/** A token as it is kept: its hash, never itself. */
export type StoredToken = z.output<typeof storedSchema>

/** The operator's own token, which may do everything, also make others. */
export const operatorId = 'operator'

const operatorScope: TokenScope = {
  id: operatorId,
  buckets: null,
  measurements: null,
  forcedTags: {},
  seriesMax: null,
}

/**
 * Tokens of devices, in one file. A request's token is looked up by its SHA-256, so nothing about a token can be learned from how
 * long the look-up takes; what changes here counts at once, without a restart.
 */
export class TokenStore {
  readonly #byHash = new Map<string, TokenScope>()
  readonly #byId = new Map<string, StoredToken>()
  #saving: Promise<void> = Promise.resolve()
  #version = 0

  private constructor(readonly path: string) {}

  /** @throws Error for a file that is not one of ours: a token that is forgotten silently would lock devices out */
  static async open(path: string, operatorToken: string): Promise<TokenStore> {
    const store = new TokenStore(path)
    store.#byHash.set(hashToken(operatorToken).toString('hex'), operatorScope)
    const json = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '[]'
      throw error
    })
    const parsed = z.array(storedSchema).safeParse(parseJson(json))
    if (!parsed.success) throw new Error(`${path} does not hold tokens: ${z.prettifyError(parsed.error)}`)
    for (const token of parsed.data) store.#add(token)
    return store
  }

  /** Rises with every change: what was found before may not hold any more. */
  get version(): number {
    return this.#version
  }

  /** Whose token this is; null for nobody's. */
  find(token: string): TokenScope | null {
    return this.#byHash.get(hashToken(token).toString('hex')) ?? null
  }

  /** Tags that a token puts on its lines; none where it is not known any more. */
  forcedTagsOf(id: string): Readonly<Record<string, string>> {
    return this.#byId.get(id)?.forced_tags ?? {}
  }

  /** What a token is called; null where it is not known any more. */
  nameOf(id: string): string | null {
    return id === operatorId ? operatorId : (this.#byId.get(id)?.name ?? null)
  }

  list(): readonly StoredToken[] {
    return [...this.#byId.values()]
  }

  /** Makes a token, durable when it resolves. @returns it and, this once, the token itself */
  async create(scope: NewToken, atMs: number): Promise<{ readonly stored: StoredToken; readonly token: string }> {
    const token = randomBytes(32).toString('base64url')
    const stored: StoredToken = {
      id: randomBytes(8).toString('hex'),
      hash: hashToken(token).toString('hex'),
      created_at: new Date(atMs).toISOString(),
      ...scope,
    }
    this.#add(stored)
    await this.#save()
    return { stored, token }
  }

  /** @returns false when there is no such token */
  async revoke(id: string): Promise<boolean> {
    const stored = this.#byId.get(id)
    if (stored === undefined) return false
    this.#byId.delete(id)
    this.#byHash.delete(stored.hash)
    this.#version++
    await this.#save()
    return true
  }

  #add(stored: StoredToken): void {
    this.#version++
    this.#byId.set(stored.id, stored)
    this.#byHash.set(stored.hash, {
      id: stored.id,
      buckets: stored.buckets,
      measurements: stored.measurements,
      forcedTags: stored.forced_tags,
      seriesMax: stored.series_max,
    })
  }

  #save(): Promise<void> {
    this.#saving = this.#saving.catch(() => {}).then(() => this.#write())
    return this.#saving
  }

  async #write(): Promise<void> {
    const file = await open(`${this.path}.new`, 'w', 0o600)
    try {
      await file.writeFile(`${JSON.stringify(this.list(), null, 2)}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(`${this.path}.new`, this.path)
  }
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return null
  }
}
