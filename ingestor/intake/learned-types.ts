import { appendFile, readFile, rename, writeFile } from 'node:fs/promises'
import { type FieldTypes, type KnownField, FieldTypes as Types } from './field-types.ts'

/**
 * Field types on disk, one JSON line each. They are written soon after they were learned, not before the answer: one that a
 * crash takes is learned again, and a conflict that slips through then is refused by the database and becomes a dead letter.
 */
export class LearnedTypes {
  #saving: Promise<void> = Promise.resolve()

  private constructor(
    readonly path: string,
    readonly types: FieldTypes,
  ) {}

  static async open(path: string): Promise<LearnedTypes> {
    const text = await readFile(path, 'utf8').catch(() => '')
    const known: KnownField[] = []
    for (const line of text.split('\n')) {
      try {
        const row = JSON.parse(line) as Partial<KnownField>
        if (
          row.bucket !== undefined &&
          row.measurement !== undefined &&
          row.field !== undefined &&
          row.type !== undefined
        )
          known.push(row as KnownField)
      } catch {
        // Torn by a crash: learned again.
      }
    }
    // Written anew, so that a torn line does not spoil the next one.
    await writeFile(`${path}.new`, linesOf(known), { mode: 0o600 })
    await rename(`${path}.new`, path)
    return new LearnedTypes(path, new Types(known))
  }

  /** Writes down what was learned since. @throws the file system's error; what it could not keep is tried again with the next */
  save(): Promise<void> {
    const learned = this.types.takeLearned()
    if (learned.length === 0) return this.#saving
    this.#saving = this.#saving.catch(() => {}).then(() => appendFile(this.path, linesOf(learned)))
    return this.#saving
  }
}

const linesOf = (fields: readonly KnownField[]): string => fields.map((field) => `${JSON.stringify(field)}\n`).join('')
