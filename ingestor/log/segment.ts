import { randomBytes } from 'node:crypto'
import type { LogFile } from './files.ts'
import { checksumSeed } from './record.ts'
import type { Rewritten } from './rewritten.ts'

/** Bytes at the start of a segment that hold no record: a text for whoever looks at the file. */
export const segmentHeaderBytes = 64
export const segmentHeader = Buffer.alloc(segmentHeaderBytes)
segmentHeader.write('plantwatch ingestor log, format 1, see FORMAT.md\n')

/** A segment in use: its number orders it, its salt tells its records from those of the file's earlier lives. */
export interface Segment {
  readonly number: number
  readonly name: string
  readonly seed: number
  readonly file: LogFile
  readonly sizeBytes: number
  /** First sequence number in it; Infinity while it is empty. */
  firstSequence: number
  /** Last sequence number in it; −Infinity while it is empty. */
  lastSequence: number
  /** Where the next record goes. */
  endOffset: number
  records: number
  /** What it stands for when it holds what was kept of other segments. It takes no records, and no void range is about it. */
  readonly rewritten: Rewritten | null
  /** It is known to hold nothing that may be given up at the quota. */
  isSpent: boolean
  /** What was written to it, by bucket, where a log may give it up; null when that is not known. */
  contents: Map<string, { records: number; lines: number }> | null
}

const namePattern = /^segment-(\d{10})-([0-9a-f]{16})\.log$/
const sparePattern = /^spare-([0-9a-f]{16})\.log$/

export const segmentName = (number: number, salt: Buffer): string =>
  `segment-${String(number).padStart(10, '0')}-${salt.toString('hex')}.log`
export const spareName = (): string => `spare-${randomBytes(8).toString('hex')}.log`
export const newSalt = (): Buffer => randomBytes(8)
export const isSpare = (name: string): boolean => sparePattern.test(name)

/** Number and checksum seed out of a file's name, or null when it is no segment's. */
export function parseSegmentName(name: string): { readonly number: number; readonly seed: number } | null {
  const match = namePattern.exec(name)
  return match === null ? null : { number: Number(match[1]), seed: checksumSeed(Buffer.from(match[2]!, 'hex')) }
}
