import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { NamingMeasurement } from './named-windows.ts'

/**
 * Up to where a job has followed the measurements that name windows. What it has worked out it sees in the store itself; this
 * only saves it from running again what was named before. Lost, it does harm to nothing: everything named runs once more.
 */
export class Watermarks {
  #of: Record<string, string>

  private constructor(
    readonly path: string,
    of: Record<string, string>,
  ) {
    this.#of = of
  }

  static async load(folder: string): Promise<Watermarks> {
    const path = join(folder, 'watermarks.json')
    const text = await readFile(path, 'utf8').catch(() => '{}')
    let of: Record<string, string> = {}
    try {
      of = Object.fromEntries(
        Object.entries(JSON.parse(text) as Record<string, unknown>).filter(
          (entry): entry is [string, string] => typeof entry[1] === 'string' && /^-?\d+$/.test(entry[1]),
        ),
      )
    } catch {
      // Torn or foreign: begins anew, see above.
    }
    return new Watermarks(path, of)
  }

  /** Just after the newest point followed; 1970 at first. */
  sinceNs(job: string, measurement: NamingMeasurement): bigint {
    return BigInt(this.#of[`${job} ${measurement}`] ?? '0')
  }

  /** Call when what was named has run. */
  async moveTo(job: string, measurement: NamingMeasurement, newestNs: bigint): Promise<void> {
    this.#of = { ...this.#of, [`${job} ${measurement}`]: String(newestNs + 1n) }
    const whole = `${this.path}.next`
    await writeFile(whole, JSON.stringify(this.#of))
    await rename(whole, this.path)
  }
}
