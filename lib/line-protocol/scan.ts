import { randomBytes } from 'node:crypto'
import { eachField } from './decode.ts'
import { judgeLine, lineEnd, timeOf } from './judge.ts'
import { KnownKeys } from './known-keys.ts'

/** How lines are taken: strictly as InfluxDB 2 does, or by a door that also takes lines ended by CR LF. */
export interface ScanOptions {
  readonly crlf: boolean
  /** Nanoseconds of one unit of time: 1 for ns, 1,000,000,000 for s. */
  readonly unitNs: bigint
}

/** A line that is no line protocol. */
export interface BadLine {
  /** 1-based, as an editor counts: blank lines and comments too. */
  readonly line: number
  /** Of its first byte in the body. */
  readonly byteOffset: number
  /** Offset in the body at which it went wrong. */
  readonly at: number
  readonly end: number
  /** In InfluxDB's words: `missing tag value`. */
  readonly reason: string
}

/**
 * The good lines of a body by position: no string and no object is made for a line. Arrays are as long as they need to be or
 * longer, and are used again by the next scan of the same scanner.
 */
export interface Scan {
  readonly count: number
  /** First byte of line i. */
  readonly starts: Int32Array
  /** End of measurement and tags. */
  readonly keyEnds: Int32Array
  /** First byte of the fields. */
  readonly fieldStarts: Int32Array
  /** End of the fields. */
  readonly fieldEnds: Int32Array
  /** First byte of the time, −1 when the line has none. */
  readonly timeStarts: Int32Array
  /** End of the line, without CR and LF. */
  readonly ends: Int32Array
  /** 1-based number of line i in the body. */
  readonly lineNumbers: Int32Array
  /** The time in units, split: value = high · 10⁹ + low, low in 0 … 999,999,999. 0 and 0 without a time. */
  readonly timeHigh: Float64Array
  readonly timeLow: Int32Array
  /**
   * Two hashes of the bytes of measurement and tags as they are written, which together tell series apart (`hashKey`), and one of
   * the names and types of the fields. They differ from process to process.
   */
  readonly keyHashes: Int32Array
  readonly keyHashes2: Int32Array
  readonly fieldHashes: Int32Array
  readonly bad: readonly BadLine[]
}

// Nobody who writes lines knows the multipliers, so nobody can make two series that look like one.
const [seed1, seed2, factor1, factor2] = Array.from({ length: 4 }, () => randomBytes(4).readInt32LE() | 1) as [
  number,
  number,
  number,
  number,
]

/** The hashes of a key's bytes as a scan makes them. */
export function hashKey(bytes: Uint8Array, start: number, end: number): readonly [number, number] {
  let h1 = seed1
  let h2 = seed2
  for (let i = start; i < end; i++) {
    const c = bytes[i]!
    h1 = Math.imul(h1 ^ c, factor1)
    h2 = Math.imul(h2 ^ c, factor2)
  }
  return [h1, h2]
}

/** So many keys that stood elsewhere than expected are looked for in one scan, and one more for each that was right. */
const missesMin = 16
const missesMax = 64
/** A line of more tags takes the closer look. */
const namesMax = 64

const space = 32
const comma = 44
const equals = 61
const quote = 34
const backslash = 92
const lf = 10
const cr = 13

/** Scans bodies one after the other. Not to be used by two at a time: a scan is valid until the next one. */
export class LineScanner {
  #starts = new Int32Array(1024)
  #keyEnds = new Int32Array(1024)
  #fieldStarts = new Int32Array(1024)
  #fieldEnds = new Int32Array(1024)
  #timeStarts = new Int32Array(1024)
  #ends = new Int32Array(1024)
  #lineNumbers = new Int32Array(1024)
  #timeHigh = new Float64Array(1024)
  #timeLow = new Int32Array(1024)
  #keyHashes = new Int32Array(1024)
  #keyHashes2 = new Int32Array(1024)
  #fieldHashes = new Int32Array(1024)
  #count = 0
  readonly #known = new KnownKeys()
  /** Key of the line before, −1 for none. */
  #before = -1
  /** While it is above 0, the key that came next the last time is looked for first. */
  #trust = 0
  // Of the line just read by #plain: its time, and where its parts end.
  #keyEnd = 0
  #fieldEnd = 0
  #timeStart = 0
  #high = 0
  #low = 0
  #hash1 = 0
  #hash2 = 0
  #fieldHash = 0

  /** Where the tags' names of the line at hand begin and end. */
  readonly #names = new Int32Array(2 * namesMax)

  scan(bytes: Uint8Array, options: ScanOptions): Scan {
    this.#known.renew(this.#count)
    this.#count = 0
    this.#before = -1
    this.#trust = missesMin
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    const bad: BadLine[] = []
    const maxDigits = 19 - String(options.unitNs).length + 1
    let lineNumber = 0
    let i = 0
    const { length } = bytes
    while (i < length) {
      lineNumber++
      while (i < length && (bytes[i] === space || bytes[i] === 9 || bytes[i] === 0)) i++
      if (i >= length) break
      if (bytes[i] === lf) {
        i++
        continue
      }
      const start = i
      const keyEnd = this.#trust > 0 ? this.#expectedKey(bytes, view, i) : this.#key(bytes, i)
      const end = keyEnd === -1 ? -1 : this.#plain(bytes, keyEnd, options.crlf, maxDigits)
      if (end !== -1) {
        this.#push(start, this.#keyEnd, this.#keyEnd + 1, this.#fieldEnd, this.#timeStart, end, lineNumber)
        i = bytes[end] === cr ? end + 2 : end + 1
        continue
      }
      this.#before = -1
      const whole = lineEnd(bytes, start)
      const stop = options.crlf && whole > start && bytes[whole - 1] === cr ? whole - 1 : whole
      this.#slow(bytes, start, stop, lineNumber, options, bad)
      // A quoted value may hold line ends: they count as lines of the body.
      for (let at = bytes.indexOf(lf, start); at !== -1 && at < whole; at = bytes.indexOf(lf, at + 1)) lineNumber++
      i = whole + 1
    }
    return {
      count: this.#count,
      starts: this.#starts,
      keyEnds: this.#keyEnds,
      fieldStarts: this.#fieldStarts,
      fieldEnds: this.#fieldEnds,
      timeStarts: this.#timeStarts,
      ends: this.#ends,
      lineNumbers: this.#lineNumbers,
      timeHigh: this.#timeHigh,
      timeLow: this.#timeLow,
      keyHashes: this.#keyHashes,
      keyHashes2: this.#keyHashes2,
      fieldHashes: this.#fieldHashes,
      bad,
    }
  }

  #slow(bytes: Uint8Array, start: number, end: number, line: number, options: ScanOptions, bad: BadLine[]): void {
    const verdict = judgeLine(bytes, start, end)
    if (verdict.kind === 'blank') return
    if (verdict.kind === 'bad') {
      bad.push({ line, byteOffset: start, at: verdict.at, end, reason: verdict.reason })
      return
    }
    this.#high = 0
    this.#low = 0
    if (verdict.timeStart !== -1) {
      const digits = Buffer.from(
        bytes.buffer,
        bytes.byteOffset + verdict.timeStart,
        verdict.timeEnd - verdict.timeStart,
      ).toString('latin1')
      const ns = timeOf(digits, options.unitNs)
      if (typeof ns !== 'bigint') {
        bad.push({ line, byteOffset: start, at: verdict.timeStart, end, reason: ns.reason })
        return
      }
      const units = BigInt(digits)
      const billion = 1_000_000_000n
      const high = units >= 0n ? units / billion : (units - billion + 1n) / billion
      this.#high = Number(high)
      this.#low = Number(units - high * billion)
    }
    ;[this.#hash1, this.#hash2] = hashKey(bytes, start, verdict.keyEnd)
    this.#fieldHash = hashFields(bytes, verdict.fieldsStart, verdict.fieldsEnd)
    this.#push(start, verdict.keyEnd, verdict.fieldsStart, verdict.fieldsEnd, verdict.timeStart, end, line)
  }

  /** As `#key`, for a key that most often is the one that came after the last one before. */
  #expectedKey(bytes: Uint8Array, view: DataView, start: number): number {
    const known = this.#known
    const before = this.#before
    const expected = before === -1 ? -1 : known.after(before)
    if (expected !== -1) {
      if (known.standsAt(expected, view, start)) {
        if (this.#trust < missesMax) this.#trust++
        this.#before = expected
        this.#hash1 = known.hash1(expected)
        this.#hash2 = known.hash2(expected)
        return (this.#keyEnd = start + known.bytesOf(expected))
      }
      this.#trust--
    }
    const end = this.#key(bytes, start)
    this.#before = end === -1 ? -1 : known.note(before, view, start, end, this.#hash1, this.#hash2)
    return end
  }

  /**
   * Reads measurement and tags of a plain good line: no escapes, no tag twice.
   * @returns where they end, at a space; −1 for any line that needs a closer look
   */
  #key(b: Uint8Array, start: number): number {
    const { length } = b
    let i = start
    let c = b[i]!
    let h1 = seed1
    let h2 = seed2
    if (c === 35 || c === comma) return -1
    // measurement
    for (; c !== comma && c !== space; c = b[++i]!) {
      if (i >= length || c === backslash || c === lf) return -1
      h1 = Math.imul(h1 ^ c, factor1)
      h2 = Math.imul(h2 ^ c, factor2)
    }
    // tags
    const names = this.#names
    let tags = 0
    let areAscending = true
    while (c === comma) {
      const from = ++i
      h1 = Math.imul(h1 ^ comma, factor1)
      h2 = Math.imul(h2 ^ comma, factor2)
      c = b[i]!
      for (; c !== equals; c = b[++i]!) {
        if (i >= length || c === comma || c === space || c === backslash || c === lf) return -1
        h1 = Math.imul(h1 ^ c, factor1)
        h2 = Math.imul(h2 ^ c, factor2)
      }
      if (i === from || isReserved(b, from, i) || tags === namesMax) return -1
      areAscending &&= tags === 0 || isBefore(b, names[2 * tags - 2]!, names[2 * tags - 1]!, from, i)
      if (!areAscending && isAmong(b, names, tags, from, i)) return -1
      names[2 * tags] = from
      names[2 * tags + 1] = i
      tags++
      const value = ++i
      h1 = Math.imul(h1 ^ equals, factor1)
      h2 = Math.imul(h2 ^ equals, factor2)
      c = b[i]!
      for (; c !== comma && c !== space; c = b[++i]!) {
        if (i >= length || c === equals || c === backslash || c === lf) return -1
        h1 = Math.imul(h1 ^ c, factor1)
        h2 = Math.imul(h2 ^ c, factor2)
      }
      if (i === value) return -1
    }
    if (i - start > 60_000) return -1
    this.#hash1 = h1
    this.#hash2 = h2
    return (this.#keyEnd = i)
  }

  /**
   * Reads the rest of a plain good line: one blank between its parts, numbers well within range. @param keyEnd of its key
   * @returns its end (at LF, CR before LF, or the end of the body), or −1 for any line that needs a closer look
   */
  #plain(b: Uint8Array, keyEnd: number, crlf: boolean, maxDigits: number): number {
    const { length } = b
    let i = keyEnd
    let c = 0
    let h = seed1
    // Tabs and zeros before the fields are passed over like blanks.
    if (b[i + 1] === 9 || b[i + 1] === 0) return -1
    do {
      const from = ++i
      c = b[i]!
      for (; c !== equals; c = b[++i]!) {
        if (i >= length || c === comma || c === space || c === backslash || c === lf || c === quote) return -1
        h = Math.imul(h ^ c, factor2)
      }
      if (i === from || i - from > 4_000) return -1
      c = b[++i]!
      if (c === quote) {
        for (c = b[++i]!; c !== quote; c = b[++i]!) if (i >= length || c === backslash || c === lf) return -1
        i++
      } else {
        i = plainValue(b, i)
        if (i === -1) return -1
      }
      h = Math.imul(h ^ typeMark(c, b[i - 1]!), factor1)
      c = i < length ? b[i]! : lf
    } while (c === comma)
    this.#fieldHash = h
    this.#fieldEnd = i
    this.#timeStart = -1
    this.#high = 0
    this.#low = 0
    if (c === space) {
      const time = ++i
      let high = 0
      let low = 0
      let digits = 0
      for (c = b[i]!; c >= 48 && c <= 57; c = b[++i]!) digits++
      if (digits === 0 || digits >= maxDigits) {
        if (digits !== maxDigits || !(b[time]! <= 56)) return -1
      }
      const split = i - 9
      for (let at = time; at < split; at++) high = high * 10 + b[at]! - 48
      for (let at = Math.max(time, split); at < i; at++) low = low * 10 + b[at]! - 48
      this.#timeStart = time
      this.#high = high
      this.#low = low
      c = i < length ? b[i]! : lf
    }
    if (c === lf) return i
    if (crlf && c === cr && (i + 1 >= length || b[i + 1] === lf)) return i
    return -1
  }

  #push(
    start: number,
    keyEnd: number,
    fieldStart: number,
    fieldEnd: number,
    timeStart: number,
    end: number,
    line: number,
  ): void {
    const n = this.#count++
    if (n === this.#starts.length) this.#grow()
    this.#starts[n] = start
    this.#keyEnds[n] = keyEnd
    this.#fieldStarts[n] = fieldStart
    this.#fieldEnds[n] = fieldEnd
    this.#timeStarts[n] = timeStart
    this.#ends[n] = end
    this.#lineNumbers[n] = line
    this.#timeHigh[n] = this.#high
    this.#timeLow[n] = this.#low
    this.#keyHashes[n] = this.#hash1
    this.#keyHashes2[n] = this.#hash2
    this.#fieldHashes[n] = this.#fieldHash
  }

  #grow(): void {
    const wider = (old: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> => {
      const larger = new Int32Array(old.length * 2)
      larger.set(old)
      return larger
    }
    this.#starts = wider(this.#starts)
    this.#keyEnds = wider(this.#keyEnds)
    this.#fieldStarts = wider(this.#fieldStarts)
    this.#fieldEnds = wider(this.#fieldEnds)
    this.#timeStarts = wider(this.#timeStarts)
    this.#ends = wider(this.#ends)
    this.#lineNumbers = wider(this.#lineNumbers)
    this.#timeLow = wider(this.#timeLow)
    this.#keyHashes = wider(this.#keyHashes)
    this.#keyHashes2 = wider(this.#keyHashes2)
    this.#fieldHashes = wider(this.#fieldHashes)
    const high = new Float64Array(this.#timeHigh.length * 2)
    high.set(this.#timeHigh)
    this.#timeHigh = high
  }
}

/** What tells the type of a good value: 1 float, 2 int, 3 uint, 4 string, 5 bool. @param first, last its bytes */
export function typeMark(first: number, last: number): number {
  if (first === quote) return 4
  // A word, unless it is a number: those begin with a digit, a minus or a point.
  if (first > 57) return 5
  return last === 105 ? 2 : last === 117 ? 3 : 1
}

/** The hash of names and types of a good line's fields, as `#plain` makes it. */
function hashFields(bytes: Uint8Array, start: number, end: number): number {
  let h = seed1
  eachField(bytes, start, end, (nameStart, nameEnd, valueStart, valueEnd) => {
    for (let i = nameStart; i < nameEnd; i++) h = Math.imul(h ^ bytes[i]!, factor2)
    h = Math.imul(h ^ typeMark(bytes[valueStart]!, bytes[valueEnd - 1]!), factor1)
  })
  return h
}

/** The end of a number or boolean without surprises, or −1. */
function plainValue(b: Uint8Array, start: number): number {
  let i = start
  let c = b[i]!
  if (c === 45) c = b[++i]!
  const digits = i
  while (c >= 48 && c <= 57) c = b[++i]!
  if (i > digits) {
    if (c === 105 || c === 117) return i - digits < 18 && !(c === 117 && b[start] === 45) ? endsValue(b, i + 1) : -1
    if (c === 46) for (c = b[++i]!; c >= 48 && c <= 57; ) c = b[++i]!
    return i - start < 25 ? endsValue(b, i) : -1
  }
  if (i !== start) return -1
  if (c === 116 || c === 84 || c === 102 || c === 70) {
    // t, T, f, F alone; the words take the closer look unless they are true and false
    if (c === 116 && b[i + 1] === 114 && b[i + 2] === 117 && b[i + 3] === lowerE) return endsValue(b, i + 4)
    if (c === 102 && b[i + 1] === 97 && b[i + 2] === 108 && b[i + 3] === 115 && b[i + 4] === lowerE)
      return endsValue(b, i + 5)
    return endsValue(b, i + 1)
  }
  return -1
}
const lowerE = 101

const endsValue = (b: Uint8Array, i: number): number => {
  if (i >= b.length) return i
  const c = b[i]
  return c === comma || c === space || c === lf || c === cr ? i : -1
}

/** Whether the key [from, to) sorts after [previousFrom, previousTo): then no two tags are the same. */
function isBefore(b: Uint8Array, previousFrom: number, previousTo: number, from: number, to: number): boolean {
  const length = Math.min(previousTo - previousFrom, to - from)
  for (let k = 0; k < length; k++) {
    const d = b[from + k]! - b[previousFrom + k]!
    if (d !== 0) return d > 0
  }
  return to - from > previousTo - previousFrom
}

/** Whether a name is one of so many that came before. @param names from and to of each */
function isAmong(b: Uint8Array, names: Int32Array, count: number, from: number, to: number): boolean {
  for (let n = 0; n < count; n++) {
    const start = names[2 * n]!
    if (names[2 * n + 1]! - start !== to - from) continue
    let k = from
    while (k < to && b[k] === b[start + k - from]) k++
    if (k === to) return true
  }
  return false
}

/** `time`, anything that begins with an underscore (two such names are reserved), or one byte 0 or 255: a closer look is due. */
const isReserved = (b: Uint8Array, from: number, to: number): boolean =>
  b[from] === 95 ||
  (to - from === 1 && (b[from] === 0 || b[from] === 255)) ||
  (to - from === 4 && b[from] === 116 && b[from + 1] === 105 && b[from + 2] === 109 && b[from + 3] === lowerE)
