import { createReadStream } from 'node:fs'

/** How a file's characters are written; `latin1` is what browsers and Windows mean by it: windows-1252. */
export const encodings = ['utf-8', 'windows-1252', 'latin1', 'utf-16le'] as const
export type Encoding = (typeof encodings)[number]

/** From this line on a file cannot be read. */
export class UnreadableText extends Error {
  override readonly name: string = 'UnreadableText'

  constructor(
    /** From 1. */
    readonly line: number,
    readonly reason: string,
  ) {
    super(`line ${line}: ${reason}`)
  }
}

/** Bytes that are no characters in the encoding the file was said to have. */
export class WrongEncoding extends UnreadableText {
  override readonly name = 'WrongEncoding'

  constructor(
    line: number,
    said: Encoding,
    /** What it may be instead. */
    readonly perhaps: Encoding,
  ) {
    super(line, `not written in ${said}`)
  }
}

/** Why a file is read up to here and no further, and what the mapping may say against it. */
export const breakOff = (error: UnreadableText): string =>
  `${error.reason}; nothing is read from here on${
    error instanceof WrongEncoding ? `; the mapping (--map) may say, for example, encoding: ${error.perhaps}` : ''
  }`

/**
 * Text of a file, piece by piece, without its byte order mark; no character is torn.
 * @param onBytes how far the file is read, in bytes
 * @throws WrongEncoding, after the lines before it; the file system's errors
 */
export async function* textsOf(
  path: string,
  encoding: Encoding,
  onBytes: (bytes: number) => void,
): AsyncGenerator<string> {
  const input = createReadStream(path, { highWaterMark: 256 << 10 })
  const decode = decoderOf(encoding)
  let characters = 0
  let first = true
  for await (const chunk of input as AsyncIterable<Buffer>) {
    onBytes(input.bytesRead)
    if (first) refuseOther(chunk, encoding)
    first = false
    const text = orNull(decode, chunk)
    if (text === null) yield* untilWrong(path, encoding, characters)
    characters += text!.length
    yield text!
  }
  const rest = orNull(decode)
  if (rest === null) yield* untilWrong(path, encoding, characters)
  yield rest!
}

/** The lines from a character on that can be read. @throws WrongEncoding always, with the line: reads the file once more for it */
async function* untilWrong(path: string, encoding: Encoding, fromCharacter: number): AsyncGenerator<string> {
  const decode = decoderOf(encoding)
  let skip = fromCharacter
  let lines = 0
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    let good = ''
    let wrong = false
    for (let at = 0; at < chunk.length && !wrong; ) {
      const end = chunk.indexOf(lineFeed, at) + 1 || chunk.length
      const text = orNull(decode, chunk.subarray(at, end))
      wrong = text === null
      good += text ?? ''
      if (text?.includes('\n')) lines++
      at = end
    }
    const fresh = good.slice(skip)
    skip -= good.length - fresh.length
    if (fresh !== '') yield fresh
    if (wrong) break
  }
  throw new WrongEncoding(lines + 1, encoding, encoding === 'utf-8' ? 'windows-1252' : 'utf-8')
}

const lineFeed = 10

/** A mark, or a second byte of zero, says another encoding where every byte could still be read. */
function refuseOther(start: Buffer, encoding: Encoding): void {
  const utf8Mark = start.subarray(0, 3).toString('hex') === 'efbbbf'
  const utf16Mark = start.subarray(0, 2).toString('hex') === 'fffe'
  if (encoding !== 'utf-16le' && (utf16Mark || start[1] === 0)) throw new WrongEncoding(1, encoding, 'utf-16le')
  if (encoding !== 'utf-8' && utf8Mark) throw new WrongEncoding(1, encoding, 'utf-8')
}

/** Bytes as they come to text; without bytes, the end. @throws TypeError for bytes that are no character */
type Decode = (bytes?: Buffer) => string

function decoderOf(encoding: Encoding): Decode {
  if (encoding === 'windows-1252' || encoding === 'latin1')
    // Node's own decoder of windows-1252 leaves the bytes 80 to 9f as control characters (20.20).
    return (bytes) => bytes?.toString('latin1').replace(/[\x80-\x9f]/g, windowsCharacter) ?? ''
  const decoder = new TextDecoder(encoding, { fatal: true })
  return (bytes) => (bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true }))
}

const windowsCharacters = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ'
const windowsCharacter = (control: string): string => windowsCharacters[control.charCodeAt(0) - 0x80]!

const orNull = (decode: Decode, bytes?: Buffer): string | null => {
  try {
    return decode(bytes)
  } catch (error) {
    if (error instanceof TypeError) return null
    throw error
  }
}
