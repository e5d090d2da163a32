import { open, readFile } from 'node:fs/promises'
import { z } from 'zod'

const schema = z.object({
  /** Of the context's log, then which machine of the operation. */
  id: z.string(),
  at: z.string(),
  who: z.string(),
  machine: z.string(),
  what: z.string(),
  /** Stretch of time in which another context holds now; null where nothing changed, `to` null while it is open. */
  from: z.string().nullable(),
  to: z.string().nullable(),
  /** Points that got other tags. */
  points: z.number(),
  corrected_at: z.string(),
})

/** One change of one machine's context, and what it did to points. Kept for ever. */
export type AuditEntry = z.output<typeof schema>

/** The newest entries are held in memory; the file has all of them, one JSON object a line. */
const entriesMax = 10_000

/** Who changed what, and how many points it touched. */
export class Audit {
  #entries: AuditEntry[] = []
  readonly #ids = new Set<string>()

  private constructor(readonly path: string) {}

  static async open(path: string): Promise<Audit> {
    const audit = new Audit(path)
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return ''
      throw error
    })
    // A crash may have torn the last line: it is written again, on a line of its own.
    if (text !== '' && !text.endsWith('\n')) await audit.#append('\n')
    for (const line of text.split('\n')) {
      const entry = entryOf(line)
      if (entry !== null) audit.#hold([entry])
    }
    return audit
  }

  /** Newest first. */
  list(machine?: string): readonly AuditEntry[] {
    return this.#entries.filter((entry) => machine === undefined || entry.machine === machine).reverse()
  }

  /** Takes entries down, durable when it resolves; those that are there already are left out. */
  async add(entries: readonly AuditEntry[]): Promise<void> {
    const missing = entries.filter(({ id }) => !this.#ids.has(id))
    if (missing.length === 0) return
    await this.#append(missing.map((entry) => `${JSON.stringify(entry)}\n`).join(''))
    this.#hold(missing)
  }

  #hold(entries: readonly AuditEntry[]): void {
    this.#entries.push(...entries)
    for (const { id } of entries) this.#ids.add(id)
    for (const { id } of this.#entries.splice(0, Math.max(0, this.#entries.length - entriesMax))) this.#ids.delete(id)
  }

  async #append(text: string): Promise<void> {
    const file = await open(this.path, 'a', 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
  }
}

function entryOf(line: string): AuditEntry | null {
  try {
    const parsed = schema.safeParse(JSON.parse(line))
    return parsed.success ? parsed.data : null
  } catch {
    return null
  }
}
