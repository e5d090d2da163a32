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

const headerBytes = 40
const nothing = Buffer.alloc(0)

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
 * The record's parts before the lines; log them with the body behind: `log.append([head, ...bodies])`.
 * @throws RangeError for a run whose tags take more than 65,535 bytes
 */
export function encodeAcceptedWrite(write: AcceptedWrite): Buffer {
  const bucket = bytesOf(write.bucket)
  const token = bytesOf(write.tokenId)
  const key = write.idempotencyKey === '' ? nothing : Buffer.from(write.idempotencyKey)
  const runs = write.contextRuns
  const runsAt = headerBytes + bucket.length + token.length + key.length
  let bytes = runsAt
  for (const { tags } of runs) bytes += 6 + tags.length
  let head = Buffer.allocUnsafe(bytes)
  if (!writeAsciiRuns(head, runsAt, runs)) {
    const encoded = runs.map(encodeRun)
    head = Buffer.concat([head.subarray(0, runsAt), ...encoded])
  }
  head.writeUInt8(1, 0)
  head.writeUInt8(precisions.indexOf(write.precision), 1)
  head.writeUInt16LE(bucket.length, 2)
  head.writeUInt16LE(token.length, 4)
  head.writeUInt16LE(key.length, 6)
  head.writeUInt32LE(write.lines, 8)
  head.writeUInt32LE(runs.length, 12)
  head.writeBigInt64LE(write.arrivalNs, 16)
  head.writeBigInt64LE(write.earliestNs, 24)
  head.writeBigInt64LE(write.latestNs, 32)
  let at = headerBytes
  at += bucket.copy(head, at)
  at += token.copy(head, at)
  key.copy(head, at)
  return head
}

/**
 * Writes runs whose tags are ASCII, as most are: a run may be one line long.
 * @returns false, with anything written, where one is not, or its length does not fit into the record
 */
function writeAsciiRuns(head: Buffer, from: number, runs: readonly ContextRun[]): boolean {
  let at = from
  for (const { lines, tags } of runs) {
    const { length } = tags
    if (length > 0xffff) return false
    head[at] = lines
    head[at + 1] = lines >>> 8
    head[at + 2] = lines >>> 16
    head[at + 3] = lines >>> 24
    head[at + 4] = length
    head[at + 5] = length >>> 8
    at += 6
    for (let i = 0; i < length; i++) {
      const code = tags.charCodeAt(i)
      if (code > 0x7f) return false
      head[at++] = code
    }
  }
  return true
}

/** @throws RangeError for tags of more than 65,535 bytes */
function encodeRun({ lines, tags }: ContextRun): Buffer {
  const text = Buffer.from(tags)
  const run = Buffer.allocUnsafe(6 + text.length)
  run.writeUInt32LE(lines, 0)
  run.writeUInt16LE(text.length, 4)
  text.copy(run, 6)
  return run
}

/** A record's payload. `body` is a view, not a copy. @throws RangeError for a version this program does not know */
export function decodeAcceptedWrite(payload: Buffer): AcceptedWrite & { readonly body: Buffer } {
  const version = payload.readUInt8(0)
  if (version !== 1)
    throw new RangeError(`log record of version ${version}; this program knows version 1, a newer one is needed`)
  const bucketEnd = headerBytes + payload.readUInt16LE(2)
  const tokenEnd = bucketEnd + payload.readUInt16LE(4)
  const keyEnd = tokenEnd + payload.readUInt16LE(6)
  const contextRuns: ContextRun[] = []
  let at = keyEnd
  for (let i = payload.readUInt32LE(12); i > 0; i--) {
    const end = at + 6 + payload.readUInt16LE(at + 4)
    contextRuns.push({ lines: payload.readUInt32LE(at), tags: payload.toString('utf8', at + 6, end) })
    at = end
  }
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
    body: payload.subarray(at),
  }
}
