import type { EnergyEvent, ParsedEnergyEvent } from './energy-event.ts'
import { type KeyMeaning, meaningOf, snakeCase } from './keys.ts'
import { Marks } from './marks.ts'
import { parseNumber, parseQuantity } from './numbers.ts'

type Writable<T> = { -readonly [K in keyof T]: T[K] }
type Draft = Omit<Writable<EnergyEvent>, 'device' | 'peaks' | 'fftRe' | 'fftIm' | 'other'> & {
  device: string | null
  peaks: number[]
  fftRe: number[]
  fftIm: number[]
  other: Record<string, string>
}

class Malformed extends Error {
  constructor(
    readonly offset: number,
    readonly reason: string,
  ) {
    super(reason)
  }
}

/** A piece of the text with the place where it begins. */
interface Piece {
  readonly text: string
  readonly offset: number
}

const trim = ({ text, offset }: Piece): Piece => ({
  text: text.trim(),
  offset: offset + (text.length - text.trimStart().length),
})

const split = (text: string): Piece[] => {
  const pieces: Piece[] = []
  let offset = 0
  for (const part of text.split(';')) {
    pieces.push(trim({ text: part, offset }))
    offset += part.length + 1
  }
  return pieces
}

/** `Power: Active=1753W` at the first of `=` and `:` that follows a name; null for a bare value. */
const keyAndRest = ({
  text,
  offset,
}: Piece): { readonly key: string; readonly mark: string; readonly rest: Piece } | null => {
  const match = /^([A-Za-z][A-Za-z0-9 _-]*?)\s*([:=])/.exec(text)
  if (match === null) return null
  const rest = trim({ text: text.slice(match[0].length), offset: offset + match[0].length })
  return { key: match[1]!, mark: match[2]!, rest }
}

const timePattern = /^(\d{4})-(\d{1,2})-(\d{1,2})[T ]\s*(\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,](\d{1,9}))?\s*(?:Z|UTC)?$/

const parseTime = (text: string): bigint | null => {
  const match = timePattern.exec(text)
  if (match === null) return null
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day || hour > 23 || minute > 59 || second > 59)
    return null
  date.setUTCHours(hour, minute, second)
  const ns = BigInt(date.getTime()) * 1_000_000n + BigInt((match[7] ?? '').padEnd(9, '0'))
  // Beyond the years 1677 to 2262 no store has times.
  return BigInt.asIntN(64, ns) === ns ? ns : null
}

const switches: Readonly<Record<string, boolean>> = {
  on: true,
  off: false,
  true: true,
  false: false,
  '1': true,
  '0': false,
}

const fail = (key: string, { text, offset }: Piece, why: string): never => {
  throw new Malformed(offset, `${key}: ${text === '' ? 'has no value' : why}`)
}

const once = (present: boolean, key: string, piece: Piece): void => {
  if (present) fail(key, piece, 'stands there twice')
}

type EventMarks = Marks<{ readonly key: string; readonly piece: Piece }>

/** Puts one value where it belongs. (Thirty-odd times an event: no closures in here.) */
const assign = (draft: Draft, marks: EventMarks, key: string, meaning: KeyMeaning, piece: Piece): void => {
  const { text } = piece
  switch (meaning.kind) {
    case 'section':
      fail(key, piece, 'has a value where keys were expected')
      return
    case 'list': {
      const value = parseNumber(text)
      marks.note(meaning.name, text, { key, piece })
      draft[meaning.name].push(value ?? fail(key, piece, `"${text}" is no number`))
      return
    }
    case 'number': {
      once(draft[meaning.name] !== null, key, piece)
      const value = parseQuantity(meaning.name, text)
      marks.note(meaning.name, text, { key, piece })
      draft[meaning.name] = typeof value === 'number' ? value : fail(key, piece, value)
      return
    }
    case 'device':
      once(draft.device !== null, key, piece)
      draft.device = text === '' ? fail(key, piece, '') : text
      return
    case 'firmware':
      once(draft.firmware !== null, key, piece)
      draft.firmware = text === '' ? fail(key, piece, '') : text
      return
    case 'event':
      once(draft.event !== null, key, piece)
      draft.event = /^[+-]?\d{1,15}$/.test(text) ? Number(text) : fail(key, piece, `"${text}" is no whole number`)
      return
    case 'coilReversed': {
      once(draft.coilReversed !== null, key, piece)
      const state = text.toLowerCase()
      draft.coilReversed = Object.hasOwn(switches, state)
        ? switches[state]!
        : fail(key, piece, `"${text}" is neither ON nor OFF`)
      return
    }
    case 'time':
      once(draft.timeNs !== null, key, piece)
      draft.timeNs = parseTime(text) ?? fail(key, piece, `"${text}" is no time such as 2016-10-4 16:47:50`)
  }
}

/** The text of an unknown key. @throws Malformed where another event begins in it: two were put into one line */
const textOfOne = ({ text, offset }: Piece): string => {
  const another = /device\s*:\s*id\s*[=:]/i.exec(text)
  if (another !== null) throw new Malformed(offset + another.index, 'another event begins here: send one a line')
  return text
}

/** Goes through the items of one text and remembers which section or list they are in. */
class Reader {
  readonly draft: Draft = {
    device: null,
    timeNs: null,
    firmware: null,
    event: null,
    coilReversed: null,
    activePowerW: null,
    reactivePowerVar: null,
    apparentPowerVa: null,
    currentA: null,
    voltageV: null,
    phaseRad: null,
    frequencyHz: null,
    wifiStrengthDbm: null,
    peaks: [],
    fftRe: [],
    fftIm: [],
    other: {},
  }
  readonly marks: EventMarks = new Marks()
  private section = ''
  private list: { readonly key: string; readonly meaning: KeyMeaning & { kind: 'list' } } | null = null
  private readonly lists = new Set<string>()
  /** Name in `other` that bare values are added to: an unknown key may be a list too. */
  private unknown: string | null = null
  private skipped: number | null = null
  /** What looks like the time of the event under another key. */
  private timeLike: { readonly key: string; readonly piece: Piece } | null = null

  item(piece: Piece): void {
    if (piece.text === '') {
      this.skipped ??= piece.offset
      return
    }
    const keyed = keyAndRest(piece)
    if (keyed === null) this.bare(piece)
    else this.keyed(keyed.key, keyed.rest, keyed.mark === '=')
  }

  /** @throws Malformed for what only the whole event tells */
  end(): void {
    const unclear = this.marks.unclear()
    if (unclear !== null) fail(unclear.place.key, unclear.place.piece, unclear.reason)
    if (this.draft.timeNs === null && this.timeLike !== null)
      fail(this.timeLike.key, this.timeLike.piece, 'the time of an event is read from "UTC Time" alone')
  }

  private bare(piece: Piece): void {
    // A missing value in a list would move all that follow; at its end it is only one semicolon too many.
    if (this.skipped !== null) throw new Malformed(this.skipped, 'a value of a list is missing')
    if (this.list !== null) assign(this.draft, this.marks, this.list.key, this.list.meaning, piece)
    else if (this.unknown !== null) this.draft.other[this.unknown] += `;${textOfOne(piece)}`
    else throw new Malformed(piece.offset, `"${piece.text.slice(0, 40)}" has no key`)
  }

  private keyed(key: string, value: Piece, inSection: boolean): void {
    this.skipped = null
    this.list = null
    this.unknown = null
    const meaning = meaningOf(key)
    if (meaning === null) {
      this.unknownKey(key, value, inSection)
      return
    }
    if (meaning.kind === 'section') {
      this.section = meaning.name
      const inner = value.text === '' ? null : keyAndRest(value)
      if (inner !== null) this.keyed(inner.key, inner.rest, true)
      else if (value.text !== '') assign(this.draft, this.marks, key, meaning, value)
      return
    }
    if (meaning.kind !== 'list') {
      assign(this.draft, this.marks, key, meaning, value)
      return
    }
    if (this.lists.has(meaning.name)) throw new Malformed(value.offset, `${key}: stands there twice`)
    this.lists.add(meaning.name)
    this.list = { key, meaning }
    if (value.text === '') this.skipped = value.offset
    else assign(this.draft, this.marks, key, meaning, value)
  }

  private unknownKey(key: string, value: Piece, inSection: boolean): void {
    // `Power: Factor=0.9` is kept as power_factor; a new section of keys nobody knows names itself.
    const inner = inSection ? null : keyAndRest(value)
    if (inner !== null && inner.mark === '=') {
      this.section = snakeCase(key)
      this.keyed(inner.key, inner.rest, true)
      return
    }
    const name = snakeCase(inSection && this.section !== '' ? `${this.section} ${key}` : key)
    if (Object.hasOwn(this.draft.other, name)) throw new Malformed(value.offset, `${key}: stands there twice`)
    // Its arrival would be taken for the time of the event, a plausible wrong one.
    if (parseTime(value.text.replace(/[./]/g, '-')) !== null && /time|date|utc|stamp|clock/.test(name))
      this.timeLike ??= { key, piece: value }
    this.draft.other[name] = textOfOne(value)
    if (!inSection) {
      this.section = ''
      this.unknown = name
    }
  }
}

const measured = (draft: Draft): boolean =>
  draft.activePowerW !== null ||
  draft.reactivePowerVar !== null ||
  draft.apparentPowerVa !== null ||
  draft.currentA !== null ||
  draft.voltageV !== null ||
  draft.peaks.length > 0

/**
 * Reads one event of an energy sensor: sections and keys in any order, `;` between fields and list items alike, `=` or `:`
 * after a key, a decimal point or comma, units or none, known misspellings, unknown keys kept.
 * @param text one line without its line break
 */
export function parseEnergyEvent(text: string): ParsedEnergyEvent {
  const reader = new Reader()
  try {
    for (const piece of split(text)) reader.item(piece)
    reader.end()
  } catch (error) {
    if (error instanceof Malformed) return { rejected: { offset: error.offset, reason: error.reason } }
    throw error
  }
  const { draft } = reader
  const { device } = draft
  if (device === null) return { rejected: { offset: 0, reason: 'the event has no device ID' } }
  if (!measured(draft)) return { rejected: { offset: 0, reason: 'the event has no power, current, voltage or peaks' } }
  return { accepted: { ...draft, device } }
}
