import { ApiError } from '../lib/errors.ts'
import { type InfluxRequests, InfluxUnreachable } from '../lib/http/influx-request.ts'

const isId = (text: string): boolean => /^[0-9a-f]{16}$/i.test(text) && text !== '0000000000000000'

/** How long the store's word that a bucket is there is believed. */
const knownForMs = 600_000

export interface DestinationsOptions {
  readonly org: string
  /** Buckets that are there by definition, whether or not the store was ever reached. */
  readonly alwaysKnown: readonly string[]
  readonly store: InfluxRequests
  readonly nowMs?: () => number
}

/** Which organization and bucket a write means, and whether they exist. */
export class Destinations {
  readonly #always: ReadonlySet<string>
  /** Name or id as it was asked for → bucket name, and until when that holds. */
  readonly #known = new Map<string, { readonly name: string; readonly untilMs: number }>()
  #orgId: string | null = null

  constructor(readonly options: DestinationsOptions) {
    this.#always = new Set(options.alwaysKnown)
  }

  /**
   * The name of the bucket that a v2 write names, after the checks in InfluxDB's order.
   * @throws ApiError 400 and 404 in InfluxDB's words; 503 when only the store could tell and it cannot be reached
   */
  async of(query: URLSearchParams): Promise<string> {
    await this.#checkOrg(query)
    const bucket = query.get('bucket')
    if (bucket === null || bucket === '') throw new ApiError('not found', 'bucket not found')
    const name = await this.#find(bucket)
    if (name === null) throw new ApiError('not found', `bucket "${bucket}" not found`)
    return name
  }

  /** Whether a bucket is there by definition, so that nobody need be asked. */
  isAlwaysThere(bucket: string): boolean {
    return this.#always.has(bucket)
  }

  /** The bucket of a 1.x write: database `x` is bucket `x`, policy `y` of it is bucket `x/y`. */
  async ofDatabase(query: URLSearchParams): Promise<string> {
    const database = query.get('db')
    if (database === null || database === '') throw new ApiError('invalid', 'missing db')
    const policy = query.get('rp')
    const bucket = policy === null || policy === '' || policy === 'autogen' ? database : `${database}/${policy}`
    const name = await this.#find(bucket)
    if (name === null) throw new ApiError('not found', 'no dbrp mapping found')
    return name
  }

  /** Whether the store itself says that there is no such bucket (any more). False while it cannot be asked. */
  async isGone(bucket: string): Promise<boolean> {
    return (await this.isThere(bucket)) === false
  }

  /** Whether the store has a bucket of this name; null while it cannot be asked. */
  async isThere(bucket: string): Promise<boolean | null> {
    if (this.#always.has(bucket)) return true
    const { org, store } = this.options
    const answer = await store
      .ask('GET', `/api/v2/buckets?${new URLSearchParams({ org, name: bucket })}`)
      .catch(() => null)
    // An organization that is not there is another matter: then everything is held.
    if (answer?.status === 404) return /"message":\s*"bucket /.test(answer.text) ? false : null
    if (answer?.status !== 200) return null
    return (JSON.parse(answer.text) as { buckets?: unknown[] }).buckets?.length !== 0
  }

  /** The store has just said that this bucket is not there: the next write to it asks again. */
  forget(bucket: string): void {
    for (const [asked, { name }] of this.#known) if (name === bucket) this.#known.delete(asked)
  }

  async #checkOrg(query: URLSearchParams): Promise<void> {
    const byId = query.get('orgID')
    const org = byId !== null && byId !== '' ? byId : query.get('org')
    if (org === null || org === '') throw new ApiError('invalid', 'Please provide either orgID or org')
    if (org === this.options.org && (byId === null || byId === '')) return
    if (isId(org)) {
      if (org.toLowerCase() === (await this.#ourOrgId())) return
      throw new ApiError('not found', 'organization not found')
    }
    if (byId !== null && byId !== '') throw new ApiError('invalid', 'invalid ID')
    throw new ApiError('not found', `organization name "${org}" not found`)
  }

  async #ourOrgId(): Promise<string | null> {
    if (this.#orgId !== null) return this.#orgId
    const { orgs } = (await this.#get(`/api/v2/orgs?${new URLSearchParams({ org: this.options.org })}`)) as {
      orgs?: readonly { id: string }[]
    }
    return (this.#orgId = orgs?.[0]?.id ?? null)
  }

  async #find(bucket: string): Promise<string | null> {
    if (this.#always.has(bucket)) return bucket
    const nowMs = (this.options.nowMs ?? Date.now)()
    const known = this.#known.get(bucket)
    if (known !== undefined && known.untilMs > nowMs) return known.name
    const name =
      (isId(bucket) ? await this.#ask('id', bucket.toLowerCase()) : null) ?? (await this.#ask('name', bucket))
    if (name !== null) this.#known.set(bucket, { name, untilMs: nowMs + knownForMs })
    return name
  }

  async #ask(by: 'id' | 'name', bucket: string): Promise<string | null> {
    const query = new URLSearchParams({ org: this.options.org, [by]: bucket })
    const { buckets } = (await this.#get(`/api/v2/buckets?${query}`)) as { buckets?: readonly { name: string }[] }
    return buckets?.[0]?.name ?? null
  }

  async #get(path: string): Promise<object> {
    const answer = await this.options.store.ask('GET', path).catch((error: unknown) => {
      if (error instanceof InfluxUnreachable)
        throw new ApiError(
          'unavailable',
          'the store cannot be reached to ask whether this bucket exists; send it again',
          {},
          { cause: error },
        )
      throw error
    })
    if (answer.status === 404) return {}
    if (answer.status !== 200)
      throw new ApiError(
        'unavailable',
        `the store answered ${answer.status} when asked for a bucket: ${answer.text.slice(0, 300)}`,
      )
    return JSON.parse(answer.text) as object
  }
}
