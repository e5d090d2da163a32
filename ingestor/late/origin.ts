import { decodeKey } from '../../lib/line-protocol/decode.ts'
import { definitionOf, isMeasurement } from '../../lib/schema/measurements.ts'

/** Whose readings are told of together; a tag is empty where the device sent none. */
export interface Origin {
  /** The measurement. */
  readonly source: string
  readonly site: string
  readonly line: string
  readonly machine: string
  /** Equal for equal origins. */
  readonly id: string
}

export const originOf = (source: string, site: string, line: string, machine: string): Origin => ({
  source,
  site,
  line,
  machine,
  id: JSON.stringify([source, site, line, machine]),
})

/** Whose they are: of none in particular. */
export const nobody = originOf('', '', '', '')

/** It is remembered whose series are, up to so many bytes of them; then all are looked at anew. */
const seriesBytesMax = 4 << 20
/** Longer names are told of without them. */
const idLengthMax = 1_000
const bytesOfEntry = 100
const blank = 32
const backslash = 92

/** Finds whose a line is. Cost of a line of a known series: one walk over its measurement and tags, and one short string. */
export class Origins {
  readonly #bySeries = new Map<string, Origin | null>()
  #seriesBytes = 0

  /** @param bytes a good line @returns null for what Plantwatch says about itself: it is no reading */
  of(bytes: Buffer): Origin | null {
    let keyEnd = 0
    while (keyEnd < bytes.length && (bytes[keyEnd] !== blank || bytes[keyEnd - 1] === backslash)) keyEnd++
    const series = bytes.toString('latin1', 0, keyEnd)
    let origin = this.#bySeries.get(series)
    if (origin === undefined) {
      if (this.#seriesBytes > seriesBytesMax) {
        this.#bySeries.clear()
        this.#seriesBytes = 0
      }
      this.#seriesBytes += keyEnd + bytesOfEntry
      this.#bySeries.set(series, (origin = lookAt(bytes, keyEnd)))
    }
    return origin
  }
}

function lookAt(bytes: Buffer, keyEnd: number): Origin | null {
  const { measurement, tags } = decodeKey(bytes, 0, keyEnd)
  if (isMeasurement(measurement) && definitionOf(measurement).kind === 'system') return null
  const tag = (name: string): string => tags.find(([one]) => one === name)?.[1] ?? ''
  const origin = originOf(measurement, tag('site'), tag('line'), tag('machine'))
  return origin.id.length > idLengthMax ? nobody : origin
}
