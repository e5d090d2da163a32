/** A line of a body, with its place. */
export interface TextLine {
  /** From 1, blank lines counted. */
  readonly line: number
  /** Bytes before it. */
  readonly offset: number
  /** Without its line end. */
  readonly bytes: Buffer
}

const lf = 10
const cr = 13
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf])

/** The lines of a body that are not blank, ended by LF or CR LF; a byte order mark at the start is passed over. */
export function* textLines(body: Buffer): Generator<TextLine> {
  let offset = body.subarray(0, 3).equals(byteOrderMark) ? 3 : 0
  for (let line = 1; offset < body.length; line++) {
    const end = body.indexOf(lf, offset)
    const stop = end === -1 ? body.length : end
    const bytes = body.subarray(offset, stop > offset && body[stop - 1] === cr ? stop - 1 : stop)
    if (bytes.some((byte) => byte > 32)) yield { line, offset, bytes }
    offset = stop + 1
  }
}
