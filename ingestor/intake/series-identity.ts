import { measurementEnd } from '../../lib/line-protocol/decode.ts'
import { contextTags } from '../context/interval.ts'

const comma = 44
const equals = 61
const backslash = 92
const contextNames = contextTags.map((name) => Buffer.from(name))

/**
 * 52 bits that stand for a series: its measurement and its tags in any order, those of the context left out. Out of the bytes as
 * they came, so that a line that is refused for its series makes no string.
 * @param start, end of measurement and tags in `bytes`
 */
export function seriesIdentity(bytes: Uint8Array, start: number, end: number): number {
  let i = measurementEnd(bytes, start, end)
  let low = hashLow(bytes, start, i)
  let high = hashHigh(bytes, start, i)
  while (i < end) {
    const nameStart = ++i
    while (i < end && !(bytes[i] === equals && bytes[i - 1] !== backslash)) i++
    const nameEnd = i++
    while (i < end && !(bytes[i] === comma && bytes[i - 1] !== backslash)) i++
    if (isContext(bytes, nameStart, nameEnd)) continue
    // Sums do not depend on the order.
    low = (low + hashLow(bytes, nameStart, i)) | 0
    high = (high + hashHigh(bytes, nameStart, i)) | 0
  }
  return (mixed(low) >>> 0) + ((mixed(high) >>> 0) & 0xfffff) * 4_294_967_296
}

function isContext(bytes: Uint8Array, from: number, to: number): boolean {
  for (const name of contextNames) {
    if (to - from !== name.length) continue
    let at = 0
    while (at < name.length && bytes[from + at] === name[at]) at++
    if (at === name.length) return true
  }
  return false
}

function hashLow(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0x811c9dc5
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193)
  return mixed(hash)
}

function hashHigh(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0x9747b28c
  for (let i = from; i < to; i++) {
    hash = Math.imul(hash ^ bytes[i]!, 0x85ebca6b)
    hash ^= hash >>> 13
  }
  return mixed(hash)
}

/** Every bit of a hash depends on all of them (MurmurHash3's end). */
function mixed(hash: number): number {
  let h = hash ^ (hash >>> 16)
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return h ^ (h >>> 16)
}
