/**
 * What the log keeps of one accepted request: its good lines as they came, and what was decided about them at the door, so that
 * delivering twice sends the same bytes twice. FORMAT: version 1, little endian:
 *
 *     u8 version, u8 precision (0 ns, 1 us, 2 ms, 3 s), u16 bytes of the bucket's name, u16 bytes of the token's id,
 *     u16 bytes of the idempotency key, u32 lines, u32 context runs, i64 arrival ns, i64 earliest ns, i64 latest ns,
 *     bucket, token id, idempotency key, runs (u32 lines, u16 bytes, tags as they follow a line's own), lines, each ended by LF
 */
export const precisions = ['ns', 'us', 'ms', 's'] as const
export type Precision = (typeof precisions)[number]

/** Nanoseconds in one unit of a precision. */
export const nsPerUnit: Readonly<Record<Precision, bigint>> = { ns: 1n, us: 1_000n, ms: 1_000_000n, s: 1_000_000_000n }

/** So many lines in a row got these tags from the context; '' = none. */
export interface ContextRun {
  readonly lines: number
  /** `,lot=17,product=P` */
  readonly tags: string
}

export interface AcceptedWrite {
  readonly bucket: string
  readonly precision: Precision
  readonly tokenId: string
  /** What the sender called the request (`Idempotency-Key`); empty when it did not. */
  readonly idempotencyKey: string
  /** The server's time at arrival: that of every line without one. */
  readonly arrivalNs: bigint
  /** Of the points, stamped ones included. */
  readonly earliestNs: bigint
  readonly latestNs: bigint
  readonly lines: number
  /** In order; together they cover all lines. Empty when no line got any tag. */
  readonly contextRuns: readonly ContextRun[]
}

/** Runs as they stand in a record. */
export interface EncodedRuns {
  readonly count: number
  readonly bytes: Buffer
}

const headerBytes = 40
/** Of a run, before its tags: u32 lines, u16 bytes. */
export const runHeaderBytes = 6
/** Runs up to this size are copied behind the header, larger ones are a part of their own. */
const copiedBytesMax = 4 << 10
const nothing = Buffer.alloc(0)
export const noRuns: EncodedRuns = { count: 0, bytes: nothing }

/** Buckets and tokens are few and come again and again. */
const known = new Map<string, Buffer>()
function bytesOf(text: string): Buffer {
  let bytes = known.get(text)
  if (bytes === undefined) {
    if (known.size >= 1_000) known.clear()
    known.set(text, (bytes = Buffer.from(text)))
  }
  return bytes
}

/**
 * The record's bytes before the lines; log them with the body behind.
 * @throws RangeError for a run whose tags take more than 65,535 bytes
 */
export const encodeAcceptedWrite = (write: AcceptedWrite): Buffer =>
  Buffer.concat(acceptedWriteParts(write, encodeRuns(write.contextRuns)))

/** As `encodeAcceptedWrite`, in one or two parts, with runs that are encoded already. */
export function acceptedWriteParts(write: Omit<AcceptedWrite, 'contextRuns'>, runs: EncodedRuns): Buffer[] {
  const bucket = bytesOf(write.bucket)
  const token = bytesOf(write.tokenId)
  const key = write.idempotencyKey === '' ? nothing : Buffer.from(write.idempotencyKey)
  const isApart = runs.bytes.length > copiedBytesMax
  const bytes = headerBytes + bucket.length + token.length + key.length
  const head = Buffer.allocUnsafe(isApart ? bytes : bytes + runs.bytes.length)
  head.writeUInt8(1, 0)
  head.writeUInt8(precisions.indexOf(write.precision), 1)
  head.writeUInt16LE(bucket.length, 2)
  head.writeUInt16LE(token.length, 4)
  head.writeUInt16LE(key.length, 6)
  head.writeUInt32LE(write.lines, 8)
  head.writeUInt32LE(runs.count, 12)
  head.writeBigInt64LE(write.arrivalNs, 16)
  head.writeBigInt64LE(write.earliestNs, 24)
  head.writeBigInt64LE(write.latestNs, 32)
  let at = headerBytes
  at += bucket.copy(head, at)
  at += token.copy(head, at)
  at += key.copy(head, at)
  if (isApart) return [head, runs.bytes]
  runs.bytes.copy(head, at)
  return [head]
}

/** @throws RangeError for tags of more than 65,535 bytes */
function encodeRuns(runs: readonly ContextRun[]): EncodedRuns {
  const parts = runs.map(({ lines, tags }) => {
    const text = Buffer.from(tags)
    const run = Buffer.allocUnsafe(runHeaderBytes + text.length)
    run.writeUInt32LE(lines, 0)
    run.writeUInt16LE(text.length, 4)
    text.copy(run, runHeaderBytes)
    return run
  })
  return { count: runs.length, bytes: Buffer.concat(parts) }
}

/** So many runs that stand at a place. @returns them, and where they end */
export function decodeRuns(bytes: Buffer, from: number, count: number): { runs: readonly ContextRun[]; end: number } {
  const runs: ContextRun[] = []
  let at = from
  for (let i = count; i > 0; i--) {
    const end = at + runHeaderBytes + bytes.readUInt16LE(at + 4)
    runs.push({ lines: bytes.readUInt32LE(at), tags: bytes.toString('utf8', at + runHeaderBytes, end) })
    at = end
  }
  return { runs, end: at }
}

/** How many lines a record's payload holds, and for which bucket: without a look at its runs. @throws as `decodeAcceptedWrite` */
export function bucketAndLinesOf(payload: Buffer): { readonly bucket: string; readonly lines: number } {
  checkVersion(payload)
  const bucketEnd = headerBytes + payload.readUInt16LE(2)
  return { bucket: payload.toString('utf8', headerBytes, bucketEnd), lines: payload.readUInt32LE(8) }
}

function checkVersion(payload: Buffer): void {
  const version = payload.readUInt8(0)
  if (version !== 1)
    throw new RangeError(`log record of version ${version}; this program knows version 1, a newer one is needed`)
}

/** A record's payload. `body` is a view, not a copy. @throws RangeError for a version this program does not know */
export function decodeAcceptedWrite(payload: Buffer): AcceptedWrite & { readonly body: Buffer } {
  checkVersion(payload)
  const bucketEnd = headerBytes + payload.readUInt16LE(2)
  const tokenEnd = bucketEnd + payload.readUInt16LE(4)
  const keyEnd = tokenEnd + payload.readUInt16LE(6)
  const { runs: contextRuns, end } = decodeRuns(payload, keyEnd, payload.readUInt32LE(12))
  return {
    bucket: payload.toString('utf8', headerBytes, bucketEnd),
    precision: precisions[payload.readUInt8(1)]!,
    tokenId: payload.toString('utf8', bucketEnd, tokenEnd),
    idempotencyKey: payload.toString('utf8', tokenEnd, keyEnd),
    arrivalNs: payload.readBigInt64LE(16),
    earliestNs: payload.readBigInt64LE(24),
    latestNs: payload.readBigInt64LE(32),
    lines: payload.readUInt32LE(8),
    contextRuns,
    body: payload.subarray(end),
  }
}

/** Only what a start needs of a record's payload. */
export function requestOf(payload: Buffer): {
  readonly arrivalNs: bigint
  readonly tokenId: string
  readonly idempotencyKey: string
} {
  const bucketEnd = headerBytes + payload.readUInt16LE(2)
  const tokenEnd = bucketEnd + payload.readUInt16LE(4)
  const keyLength = payload.readUInt16LE(6)
  return {
    arrivalNs: payload.readBigInt64LE(16),
    tokenId: keyLength === 0 ? '' : payload.toString('utf8', bucketEnd, tokenEnd),
    idempotencyKey: keyLength === 0 ? '' : payload.toString('utf8', tokenEnd, tokenEnd + keyLength),
  }
}
