import { eachField } from '../../lib/line-protocol/decode.ts'
import { LineScanner, type Scan, type BadLine as ScannedBadLine } from '../../lib/line-protocol/scan.ts'
import { nsPerUnit } from '../accepted-write.ts'
import type { Batch } from '../batch.ts'
import type { Pseudonyms } from '../context/pseudonyms.ts'
import { BadLineCollector } from './bad-line-collector.ts'
import type { FieldTypes } from './field-types.ts'
import { LineCollector } from './line-collector.ts'
import type { Machines } from './machines.ts'
import type { Range, Ranges } from './ranges.ts'
import type { Refusal } from './refusal.ts'
import { RunWriter } from './run-writer.ts'
import type { SenderBook } from './sender-book.ts'
import { type BadLine, badLinesApart, badLinesRead, seriesLinesApart, type Taken } from './taken.ts'
import { judgeTime, suspiciousBeforeSeconds } from './times.ts'

const togetherBytes = 1 << 20

export interface IntakeTools {
  readonly fieldTypes: FieldTypes
  readonly machines: Machines
  readonly ranges: Ranges
  /** null: operators' names are kept as they come. */
  readonly pseudonyms?: Pseudonyms | null
  /** How far ahead of the server's clock a time may be, seconds. */
  readonly aheadMaxSeconds: number
  readonly lineBytesMax: number
}

/**
 * A body is read in pieces of about this size, so that what a scan keeps of each line stays small and in the processor's
 * cache, also for a body of nothing but faults (measured: 26 MB of them took 1.2 GB in one piece).
 */
const pieceBytesMax = 256 << 10

const lf = 10
const backslash = 92
const quote = 34
/** Letters are greater than digits, signs and points. */
const letters = 58
const nothing = Buffer.alloc(0)

/** A bad line of the piece at hand, told by its place in it: thousands may come, and a view of each weighs more than the line. */
interface BadHere extends Omit<BadLine, 'bytes'> {
  readonly start: number
  readonly end: number
}

const scanner = new LineScanner()
/** For the lines that are good and for those of the quarantine. */
export type RunWriters = readonly [good: RunWriter, quarantined: RunWriter]

/** Most batches are taken from end to end before the next one: one pair serves them all. */
const runWriters = new WeakMap<Machines, RunWriters>()

function runWritersOf(machines: Machines): RunWriters {
  let writers = runWriters.get(machines)
  if (writers === undefined)
    runWriters.set(machines, (writers = [new RunWriter(machines.tags), new RunWriter(machines.tags)]))
  return writers
}

/**
 * Takes a batch apart: the lines that are good and allowed, each with the context of its own time, and the bad ones, each with its
 * place and reason. One pass; a line of a known series whose fields look as before costs no string and no object.
 */
export function takeLines(batch: Batch, book: SenderBook, tools: IntakeTools): Taken {
  tools.machines.refresh()
  const taker = new LineTaker(batch, book, tools, runWritersOf(tools.machines))
  while (taker.takePiece(pieceBytesMax));
  return taker.finish()
}

/** Takes one batch apart, piece by piece; others may be taken in between. */
export class LineTaker {
  readonly #bytes: Buffer
  readonly #good: LineCollector
  readonly #quarantined: LineCollector
  /** Of the piece at hand. */
  #badHere: BadHere[] = []
  readonly #bad: BadLine[] = []
  readonly #together: BadLineCollector
  readonly #nowSeconds: number
  /** Of the line whose values are compared. */
  #piece: Buffer = nothing
  #range: Range = [0, 0]
  #isOutside = false
  #linesBefore = 0
  #countedTo = 0
  /** Up to here the body has been taken. */
  #from = 0
  /** A text that goes on over the end of a piece wants a larger one. */
  #wantedBytes = 0
  /** Units of the precision in a second, and nanoseconds in a unit. */
  readonly #perSecond: number
  readonly #perUnit: number

  constructor(
    readonly batch: Batch,
    readonly book: SenderBook,
    readonly tools: IntakeTools,
    [good, quarantined]: RunWriters,
  ) {
    const { bytes } = batch
    this.#good = new LineCollector(good)
    this.#quarantined = new LineCollector(quarantined)
    this.#together = new BadLineCollector(Math.min(togetherBytes, bytes.length + 1))
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#nowSeconds = Number(batch.arrivalNs / 1_000_000_000n)
    this.#perUnit = Number(nsPerUnit[batch.precision])
    this.#perSecond = 1e9 / this.#perUnit
  }

  get takenBytes(): number {
    return this.#from
  }

  /** Takes the next lines, about so many bytes of them. @returns whether there are more */
  takePiece(pieceBytes: number): boolean {
    const { batch } = this
    const bytes = this.#bytes
    const unitNs = nsPerUnit[batch.precision]
    const from = this.#from
    const sizeBytes = Math.max(pieceBytes, this.#wantedBytes)
    const to = pieceEnd(bytes, from, sizeBytes)
    const piece = bytes.subarray(from, to)
    const scan = scanner.scan(piece, { crlf: true, unitNs })
    const last = scan.bad.at(-1)
    const open = last?.reason === 'unbalanced quotes' ? last : null
    if (open !== null && to < bytes.length) {
      // The text may end in the next piece: more of the body decides.
      this.#wantedBytes = 2 * sizeBytes
      return true
    }
    this.#wantedBytes = 0
    this.#takeScanned(piece, scan, from)
    // A quote that is never closed takes the rest of the body with it. Here that line alone is bad: it ends at its first
    // line end, and its neighbours are read again without it. (Each quote behind it would have closed it, so this does not
    // go on for long.)
    const openEnd = open === null ? -1 : piece.indexOf(lf, open.byteOffset)
    const next = openEnd >= 0 ? from + openEnd + 1 : to
    for (const one of scan.bad) {
      const stop = openEnd >= 0 && one === open ? openEnd : one.end
      this.#refuse(one.byteOffset, stop, from, one.line, this.#whyBad(piece, one))
    }
    this.#keepBad(piece)
    this.#from = next
    if (this.#bad.length + this.#together.lines >= badLinesRead && batch.tellsAllApart !== true) {
      this.#keepUnread(next)
      this.#from = bytes.length
    }
    return this.#from < bytes.length
  }

  finish(): Taken {
    return {
      good: this.#good.finish(),
      quarantined: this.#quarantined.finish(),
      bad: this.#bad,
      badTogether: this.#together.finish(),
    }
  }

  /** What is left of a body that is garbage. */
  #keepUnread(from: number): void {
    const bytes = this.#bytes
    let line = this.#linesBefore + lineFeeds(bytes, this.#countedTo, from) + 1
    for (let at = from; at < bytes.length; ) {
      const to = pieceEnd(bytes, at, togetherBytes - 1)
      const ended = bytes[to - 1] === lf
      const lines = lineFeeds(bytes, at, to) + (ended ? 0 : 1)
      const reason = `not read: the request has ${badLinesRead} bad lines before it`
      this.#together.addMany({
        kind: 'syntax',
        reason,
        line,
        offset: at,
        lines,
        bytes: bytes.subarray(at, to),
        isCopy: false,
      })
      line += lines
      at = to
    }
  }

  /** Puts the piece's bad lines in the order of the body. */
  #keepBad(piece: Buffer): void {
    if (this.#badHere.length === 0) return
    this.#badHere.sort((a, b) => a.offset - b.offset)
    for (const one of this.#badHere) {
      const { line, offset, kind, reason, start, end } = one
      const apartMax = kind === 'series' ? seriesLinesApart : badLinesApart
      if (this.batch.tellsAllApart || this.#bad.length < apartMax)
        this.#bad.push({ line, offset, kind, reason, bytes: piece.subarray(start, end) })
      else this.#together.add(one, piece, start, end)
    }
    this.#badHere = []
  }

  #takeScanned(piece: Buffer, scan: Scan, from: number): void {
    const { book, tools } = this
    const { table, addedTags, pseudonyms } = book
    const { machines } = tools
    const { starts, keyEnds, fieldStarts, fieldEnds, timeStarts, ends, timeHigh, timeLow } = scan
    const { keyHashes, keyHashes2, fieldHashes, count } = scan
    const perSecond = this.#perSecond
    const perUnit = this.#perUnit
    const unitsHigh = 1e9 / perSecond
    const latestSeconds = this.#nowSeconds + tools.aheadMaxSeconds
    const good = this.#good
    for (let i = 0; i < count; i++) {
      const start = starts[i]!
      let series = table.find(keyHashes[i]!, keyHashes2[i]!)
      if (series === -1) {
        const met = book.meet(piece, start, keyEnds[i]!, keyHashes[i]!, keyHashes2[i]!)
        if ('refusal' in met) {
          this.#refuse(start, ends[i]!, from, scan.lineNumbers[i]!, met.refusal)
          continue
        }
        series = met.number
      }
      let fields: Buffer | null = null
      if (fieldHashes[i] !== table.fieldHashes[series] || ends[i]! - start > tools.lineBytesMax) {
        const refusal = this.#lookAtFields(piece, scan, i, series)
        if (refusal !== null && !Buffer.isBuffer(refusal)) {
          this.#refuse(start, ends[i]!, from, scan.lineNumbers[i]!, refusal)
          continue
        }
        fields = refusal
      }
      const timeStart = timeStarts[i]!
      let seconds: number
      let nanoseconds: number
      if (timeStart === -1) {
        seconds = this.#nowSeconds
        nanoseconds = Number(this.batch.arrivalNs % 1_000_000_000n)
      } else {
        const low = timeLow[i]!
        const whole = Math.floor(low / perSecond)
        seconds = timeHigh[i]! * unitsHigh + whole
        nanoseconds = (low - whole * perSecond) * perUnit
        if (seconds > latestSeconds || seconds < suspiciousBeforeSeconds) {
          const units = BigInt(timeHigh[i]!) * 1_000_000_000n + BigInt(low)
          const refusal = judgeTime(units, this.batch.precision, this.#nowSeconds, tools.aheadMaxSeconds)
          if (refusal !== null) {
            this.#refuse(start, ends[i]!, from, scan.lineNumbers[i]!, refusal)
            continue
          }
        }
      }
      const machine = table.machines[series]!
      const context = machine === -1 ? 0 : machines.tagsAt(machine, seconds, nanoseconds)
      const added = table.addedTags[series]!
      const tags = added === 0 ? context : machines.tags.numberBehind(addedTags[added]!, context)
      const range = table.ranges[series]!
      const into = range !== 0 && this.#isImplausible(piece, scan, i, range) ? this.#quarantined : good
      const end = timeStart === -1 ? fieldEnds[i]! : ends[i]!
      const key = pseudonyms === null ? 0 : table.keys[series]!
      if (fields !== null || key !== 0) {
        into.add(
          Buffer.concat([
            key === 0 ? piece.subarray(start, keyEnds[i]!) : book.keys[key]!,
            piece.subarray(keyEnds[i]!, fieldStarts[i]!),
            fields ?? piece.subarray(fieldStarts[i]!, fieldEnds[i]!),
            piece.subarray(fieldEnds[i]!, end),
          ]),
        )
      } else into.addRange(piece, start, end)
      into.note(tags, timeStart === -1 ? Number.NaN : seconds)
    }
    good.flush()
    this.#quarantined.flush()
  }

  /** A time that no instant has is most often one in another unit. */
  #whyBad(piece: Buffer, { at, end, reason }: ScannedBadLine): Refusal {
    const digits = /^-?\d{1,19}/.exec(piece.toString('latin1', at, Math.min(end, at + 20)))?.[0]
    if (!reason.startsWith('time outside range') || digits === undefined) return { kind: 'syntax', reason }
    return (
      judgeTime(BigInt(digits), this.batch.precision, this.#nowSeconds, this.tools.aheadMaxSeconds) ?? {
        kind: 'time',
        reason,
      }
    )
  }

  /** @returns null when the fields fit, other bytes for them, or why the line is not taken */
  #lookAtFields(piece: Buffer, scan: Scan, i: number, series: number): Buffer | Refusal | null {
    const { tools, book } = this
    const length = scan.ends[i]! - scan.starts[i]!
    if (length > tools.lineBytesMax)
      return { kind: 'too large', reason: `the line has ${length} bytes, more than the limit of ${tools.lineBytesMax}` }
    const measurement = book.measurementOf(series)
    const verdict = tools.fieldTypes.judge(
      this.batch.bucket,
      measurement,
      piece,
      scan.fieldStarts[i]!,
      scan.fieldEnds[i]!,
      (count) => book.budget.admitFields(count, measurement),
    )
    if (verdict.kind === 'refused') return verdict.refusal
    if (verdict.kind === 'widened') return verdict.fields
    book.table.fieldHashes[series] = scan.fieldHashes[i]!
    return null
  }

  /** Whether a number of the line lies outside of its sensor's range. */
  #isImplausible(piece: Buffer, scan: Scan, i: number, range: number): boolean {
    this.#piece = piece
    this.#range = this.book.plausible[range]!
    this.#isOutside = false
    eachField(piece, scan.fieldStarts[i]!, scan.fieldEnds[i]!, this.#compare)
    return this.#isOutside
  }

  readonly #compare = (_: number, __: number, start: number, end: number): void => {
    const piece = this.#piece
    const first = piece[start]!
    const isNumber = first < letters && first !== quote
    if (!isNumber) return
    // An integer ends with i or u.
    const number = Number(piece.toString('latin1', start, piece[end - 1]! < letters ? end : end - 1))
    const [low, high] = this.#range
    if (number < low || number > high) this.#isOutside = true
  }

  /** @param start, end of the line in its piece @param from where that begins in the body @param line its number in the piece */
  #refuse(start: number, end: number, from: number, line: number, refusal: Refusal): void {
    // Lines are counted when somebody is told a number, not before.
    this.#linesBefore += lineFeeds(this.#bytes, this.#countedTo, from)
    this.#countedTo = from
    const { kind, reason } = refusal
    this.#badHere.push({ line: this.#linesBefore + line, offset: from + start, kind, reason, start, end })
  }
}

/** Behind the last line end of a piece. A line end behind a backslash is none to line protocol. */
function pieceEnd(bytes: Uint8Array, from: number, sizeBytes: number): number {
  for (let size = sizeBytes; from + size < bytes.length; size *= 2) {
    for (
      let at = bytes.lastIndexOf(lf, from + size - 1);
      at >= from;
      at = at === 0 ? -1 : bytes.lastIndexOf(lf, at - 1)
    )
      if (bytes[at - 1] !== backslash) return at + 1
  }
  return bytes.length
}

function lineFeeds(bytes: Uint8Array, from: number, to: number): number {
  let count = 0
  for (let at = from; at < to; at++) if (bytes[at] === lf) count++
  return count
}
