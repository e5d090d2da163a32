/** The head of a plain POST whose body has a length. */
export interface RequestHead {
  /** Path and query as they were sent. */
  readonly target: string
  readonly contentLength: number
  readonly authorization: string | undefined
  readonly contentEncoding: string | undefined
  readonly idempotencyKey: string | undefined
  /** How long it is, with the empty line. */
  readonly bytes: number
}

const headBytesMax = 8 << 10
const headEnd = Buffer.from('\r\n\r\n')
const lineFeed = 10
const requestLine = /^POST (\/[\x21-\x7e]*) HTTP\/1\.1$/
/** Stricter than RFC 9112: no folded lines, no blank before the colon, no control characters, no tab at the end (Node has doubts of one). */
const headerLine =
  /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[\t ]*((?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?) *$/
const lengthDigits = /^\d{1,15}$/

/** What changes how a message is read, or what becomes of its connection. */
const special = new Set(['transfer-encoding', 'upgrade', 'expect', 'trailer', 'proxy-connection', 'http2-settings'])
/** What counts once; the same again may be read in two ways. */
const kept = new Set(['host', 'content-length', 'authorization', 'content-encoding', 'idempotency-key', 'connection'])

/**
 * Reads the head of a request that leaves no doubt: a POST in HTTP/1.1 with one `Content-Length`, kept alive, all of its head in
 * these bytes. Everything else is for a full HTTP parser, also what is wrong; nothing is read here that such a one would read
 * otherwise.
 * @returns null when it is anything else
 * @see RFC 9112, sections 2 to 6
 */
export function readRequestHead(bytes: Buffer): RequestHead | null {
  const end = bytes.indexOf(headEnd)
  if (end === -1 || end > headBytesMax) return null
  const lines = bytes.toString('latin1', 0, end).split('\r\n')
  const target = requestLine.exec(lines[0]!)?.[1]
  if (target === undefined) return null
  const values = valuesOf(lines)
  if (values === null) return null
  const { connection } = values
  const length = values['content-length']
  if (values['host'] === undefined || length === undefined || !lengthDigits.test(length)) return null
  if (connection !== undefined && connection.toLowerCase() !== 'keep-alive') return null
  return {
    target,
    contentLength: Number(length),
    authorization: values['authorization'],
    contentEncoding: values['content-encoding'],
    idempotencyKey: values['idempotency-key'],
    bytes: end + headEnd.length,
  }
}

/** Of the headers that count. @param lines the request line first @returns null when another parser may read them otherwise */
function valuesOf(lines: readonly string[]): Readonly<Record<string, string | undefined>> | null {
  const values: Record<string, string | undefined> = {}
  for (let i = 1; i < lines.length; i++) {
    const match = headerLine.exec(lines[i]!)
    if (match === null) return null
    const name = match[1]!.toLowerCase()
    if (special.has(name)) return null
    if (!kept.has(name)) continue
    if (values[name] !== undefined) return null
    values[name] = match[2]!
  }
  return values
}

const firstBytes = Buffer.from('POST /')

/** Whether these bytes may become a head that `readRequestHead` reads, once more of it is here. */
export function mayBecomeHead(bytes: Buffer): boolean {
  const known = Math.min(bytes.length, firstBytes.length)
  if (bytes.length > headBytesMax || bytes.compare(firstBytes, 0, known, 0, known) !== 0) return false
  if (!bytes.includes(lineFeed)) return true
  // Every line that has ended, by a carriage return too, must be one that is read here; the empty one would be the end.
  const lines = bytes.toString('latin1').split('\n')
  lines.pop()
  if (!lines.every((line) => line.length > 1 && line.endsWith('\r'))) return false
  const ended = lines.map((line) => line.slice(0, -1))
  return requestLine.test(ended[0]!) && valuesOf(ended) !== null
}

/** A head that comes in parts, however small: each costs no more than its own length as a rule. */
export class GatheredHead {
  #bytes: Buffer = Buffer.alloc(0)
  #length = 0

  /** @returns all that came, when it is worth a look: a line has ended, or it is too long */
  add(part: Buffer): Buffer | null {
    const to = this.#length + part.length
    if (to > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(2 * to)
      this.#bytes.copy(larger, 0, 0, this.#length)
      this.#bytes = larger
    }
    part.copy(this.#bytes, this.#length)
    this.#length = to
    return part.includes(lineFeed) || to > headBytesMax ? this.#bytes.subarray(0, to) : null
  }
}
