import { crc32c } from '@node-rs/crc32'

/**
 * One record of a segment (FORMAT.md): a header of 24 bytes, then the payload, then zeros to a multiple of 8. Little endian.
 *
 *     0  u32  magic "PWLR"
 *     4  u32  CRC32C of the segment's salt, then of bytes 8 … 24 + length
 *     8  u32  length of the payload in bytes
 *    12  u32  type
 *    16  u64  sequence number
 *
 * The salt makes records of a segment's earlier life invalid, and nobody who writes lines can forge one.
 */
export const recordHeaderBytes = 24
const magic = 0x524c_5750 // "PWLR" as little-endian bytes 50 57 4C 52
const magicBytes = Buffer.from([0x50, 0x57, 0x4c, 0x52])

export const recordTypes = { data: 1, void: 2, rewritten: 3 } as const
export type RecordType = (typeof recordTypes)[keyof typeof recordTypes]

/** Bytes that a payload of this length takes in a segment. */
export const recordBytes = (payloadLength: number): number => (recordHeaderBytes + payloadLength + 7) & ~7

/** Start value of every checksum of a segment. @param salt 8 bytes */
export const checksumSeed = (salt: Uint8Array): number => crc32c(salt as Buffer)

/**
 * Writes header and payload into `into` at `offset`; `into` has room for `recordBytes(length)` and may hold anything before.
 * @param sequence a whole number up to 2^53
 */
export function encodeRecord(
  into: Buffer,
  offset: number,
  type: RecordType,
  sequence: number,
  parts: readonly Uint8Array[],
  seed: number,
): void {
  let at = offset + recordHeaderBytes
  for (const part of parts) {
    into.set(part, at)
    at += part.length
  }
  const length = at - offset - recordHeaderBytes
  into.writeUInt32LE(magic, offset)
  into.writeUInt32LE(length, offset + 8)
  into.writeUInt32LE(type, offset + 12)
  into.writeUInt32LE(sequence % 2 ** 32, offset + 16)
  into.writeUInt32LE(Math.floor(sequence / 2 ** 32), offset + 20)
  into.writeUInt32LE(crc32c(into.subarray(offset + 8, at), seed), offset + 4)
  into.fill(0, at, offset + recordBytes(length))
}

/**
 * The same record as pieces that need not be copied together: header, the parts themselves, zeros. For large payloads, which
 * would be copied and thrown away at once otherwise.
 */
export function recordPieces(
  type: RecordType,
  sequence: number,
  parts: readonly Uint8Array[],
  seed: number,
): readonly Uint8Array[] {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const header = Buffer.allocUnsafe(recordHeaderBytes)
  header.writeUInt32LE(magic, 0)
  header.writeUInt32LE(length, 8)
  header.writeUInt32LE(type, 12)
  header.writeUInt32LE(sequence % 2 ** 32, 16)
  header.writeUInt32LE(Math.floor(sequence / 2 ** 32), 20)
  let checksum = crc32c(header.subarray(8), seed)
  for (const part of parts) checksum = crc32c(asBuffer(part), checksum)
  header.writeUInt32LE(checksum, 4)
  const padding = recordBytes(length) - recordHeaderBytes - length
  return padding === 0 ? [header, ...parts] : [header, ...parts, Buffer.alloc(padding)]
}

const asBuffer = (part: Uint8Array): Buffer =>
  Buffer.isBuffer(part) ? part : Buffer.from(part.buffer, part.byteOffset, part.length)

export interface RecordAt {
  readonly offset: number
  readonly type: number
  readonly sequence: number
  readonly payload: Buffer
  /** Offset of the next record. */
  readonly end: number
}

/** The record at `offset`, or null where none is, or it is damaged, or the bytes given end before it does. */
export function decodeRecord(bytes: Buffer, offset: number, seed: number): RecordAt | null {
  if (offset + recordHeaderBytes > bytes.length || bytes.readUInt32LE(offset) !== magic) return null
  const length = bytes.readUInt32LE(offset + 8)
  const payloadEnd = offset + recordHeaderBytes + length
  if (payloadEnd > bytes.length) return null
  if (crc32c(bytes.subarray(offset + 8, payloadEnd), seed) !== bytes.readUInt32LE(offset + 4)) return null
  return {
    offset,
    type: bytes.readUInt32LE(offset + 12),
    sequence: bytes.readUInt32LE(offset + 16) + bytes.readUInt32LE(offset + 20) * 2 ** 32,
    payload: bytes.subarray(offset + recordHeaderBytes, payloadEnd),
    end: offset + recordBytes(length),
  }
}

/** What a header says of the record that it begins, whole or not; null where none stands. */
export function claimAt(bytes: Buffer, offset: number): { readonly end: number; readonly sequence: number } | null {
  if (offset + recordHeaderBytes > bytes.length || bytes.readUInt32LE(offset) !== magic) return null
  return {
    end: offset + recordBytes(bytes.readUInt32LE(offset + 8)),
    sequence: bytes.readUInt32LE(offset + 16) + bytes.readUInt32LE(offset + 20) * 2 ** 32,
  }
}

/** The next offset ≥ `from`, a multiple of 8, where a header may start; −1 when there is none. */
export function nextCandidate(bytes: Buffer, from: number): number {
  let at = bytes.indexOf(magicBytes, from)
  while (at !== -1 && at % 8 !== 0) at = bytes.indexOf(magicBytes, at + 1)
  return at
}
