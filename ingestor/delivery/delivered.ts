import { open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { crc32c } from '@node-rs/crc32'
import type { KeptLate } from '../late/late-readings.ts'

/** Which sequence numbers have been delivered: all up to `watermark`, and single stretches above it. */
export class DeliveredSet {
  #watermark: number
  /** Disjoint, ascending, none touching another or the watermark. Both ends included. */
  readonly #ranges: [from: number, to: number][]

  constructor(watermark = 0, ranges: readonly (readonly [number, number])[] = []) {
    this.#watermark = watermark
    this.#ranges = ranges.map(([from, to]) => [from, to])
  }

  get watermark(): number {
    return this.#watermark
  }
  get ranges(): readonly (readonly [number, number])[] {
    return this.#ranges
  }

  has(sequence: number): boolean {
    return this.hasAny(sequence, sequence)
  }

  /** Whether any number of [first, last] has been delivered. */
  hasAny(first: number, last: number): boolean {
    return first <= this.#watermark || this.#ranges.some(([from, to]) => from <= last && first <= to)
  }

  /** Takes [from, to] in. */
  add(from: number, to: number): void {
    if (from <= this.#watermark + 1) this.#watermark = Math.max(this.#watermark, to)
    else {
      let i = this.#ranges.findIndex((range) => range[1] + 1 >= from)
      if (i === -1) i = this.#ranges.length
      const merged: [number, number] = [from, to]
      let count = 0
      while (i + count < this.#ranges.length && this.#ranges[i + count]![0] <= merged[1] + 1) {
        merged[0] = Math.min(merged[0], this.#ranges[i + count]![0])
        merged[1] = Math.max(merged[1], this.#ranges[i + count]![1])
        count++
      }
      this.#ranges.splice(i, count, merged)
    }
    while (this.#ranges.length > 0 && this.#ranges[0]![0] <= this.#watermark + 1)
      this.#watermark = Math.max(this.#watermark, this.#ranges.shift()![1])
  }
}

/** What is kept of the delivery. */
export interface KeptDelivery {
  readonly delivered: DeliveredSet
  /** Late readings among what was delivered whose marks are not in the log yet; null where nothing is known. */
  readonly late: KeptLate | null
}

const nothingKnown = (): KeptDelivery => ({ delivered: new DeliveredSet(), late: null })

/**
 * Reads what was delivered before the last stop. A missing or damaged file means: nothing known, so all is delivered again,
 * which changes nothing in the database.
 */
export async function readDelivered(path: string): Promise<KeptDelivery> {
  const text = await readFile(path, 'utf8').catch(() => null)
  if (text === null) return nothingKnown()
  const [checksum, json] = text.split('\n')
  if (json === undefined || Number(checksum) !== crc32c(json)) return nothingKnown()
  const { watermark, ranges, late } = JSON.parse(json) as {
    watermark: number
    ranges: [number, number][]
    late?: KeptLate
  }
  return { delivered: new DeliveredSet(watermark, ranges), late: late ?? null }
}

/** Replaces the file in one step: a reading that was delivered late is kept as such from the moment it counts as delivered. */
export async function writeDelivered(path: string, { delivered, late }: KeptDelivery): Promise<void> {
  const { watermark, ranges } = delivered
  const json = JSON.stringify(late === null ? { watermark, ranges } : { watermark, ranges, late })
  const temporary = `${path}.new`
  const file = await open(temporary, 'w', 0o600)
  try {
    await file.writeFile(`${crc32c(json)}\n${json}\n`)
    await file.datasync()
  } finally {
    await file.close()
  }
  await rename(temporary, path)
  if (process.platform === 'win32') return
  const folder = await open(dirname(path), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
