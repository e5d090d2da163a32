import type { GiveUp } from './give-up.ts'

export interface LogOptions {
  /** Size of one segment file; also the greatest record. */
  readonly segmentBytes: number
  /** What all segments in use may take on disk, in bytes; a whole number of segments is used. */
  readonly quotaBytes: number
  /** Spare files kept ready. */
  readonly sparesMax: number
  /** Commits under way at once: while one waits for the disk, the next is already written. */
  readonly commitsInFlight: number
  /** Time to wait before a failed preparation of a segment is tried again. */
  readonly retryMs: number
  /** What may be given up at the quota, oldest first. Unsaid: records are refused. */
  readonly giveUp?: GiveUp
}

export const defaultLogOptions: LogOptions = {
  segmentBytes: 64 << 20,
  quotaBytes: 4 * 2 ** 30,
  sparesMax: 4,
  commitsInFlight: 2,
  retryMs: 500,
}
