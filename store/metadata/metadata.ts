import type { Database } from '../duckdb/database.ts'
import type { Kind, Records } from './records.ts'

const kinds: readonly Kind[] = ['organization', 'bucket', 'user', 'authorization', 'dbrp']

/** A change: a record that is put, or one that is taken away. */
export type Change = {
  [K in Kind]: { readonly kind: K; readonly put: Records[K] } | { readonly kind: K; readonly remove: string }
}[Kind]

/** Organizations, buckets, users and tokens: held in memory, durable in the database before a change shows. */
export class Metadata {
  readonly #records = Object.fromEntries(kinds.map((kind) => [kind, new Map()])) as {
    readonly [K in Kind]: Map<string, Records[K]>
  }
  #lastId = 0n

  private constructor(readonly database: Database) {}

  static async load(database: Database): Promise<Metadata> {
    const metadata = new Metadata(database)
    const rows = await database.read((connection) =>
      connection.runAndReadAll('SELECT kind, id, json FROM metadata ORDER BY id'),
    )
    for (const [kind, id, json] of rows.getRows() as [string, string, string][]) {
      const records = metadata.#records[kind as Kind] as Map<string, unknown> | undefined
      if (records === undefined)
        throw new Error(`the store's metadata hold a ${kind}, which this version does not know`)
      records.set(id, JSON.parse(json))
    }
    return metadata
  }

  get<K extends Kind>(kind: K, id: string): Records[K] | undefined {
    return this.#records[kind].get(id)
  }

  /** In order of their ids, which is the order they were made in. */
  all<K extends Kind>(kind: K): Records[K][] {
    return [...this.#records[kind].values()].sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  /** Makes changes durable, all or none, and then visible. */
  async apply(changes: readonly Change[]): Promise<void> {
    await this.database.transaction(async (connection) => {
      for (const change of changes)
        if ('put' in change)
          await connection.run('INSERT OR REPLACE INTO metadata VALUES ($1, $2, $3)', [
            change.kind,
            change.put.id,
            JSON.stringify(change.put),
          ])
        else await connection.run('DELETE FROM metadata WHERE kind = $1 AND id = $2', [change.kind, change.remove])
    })
    for (const change of changes) {
      const records = this.#records[change.kind] as Map<string, unknown>
      if ('put' in change) records.set(change.put.id, change.put)
      else records.delete(change.remove)
    }
  }

  /** A new id: 16 hexadecimal digits that grow with time. */
  newId(): string {
    const now = BigInt(Date.now()) << 20n
    this.#lastId = now > this.#lastId ? now : this.#lastId + 1n
    const id = this.#lastId.toString(16).padStart(16, '0')
    return kinds.some((kind) => this.#records[kind].has(id)) ? this.newId() : id
  }
}
