import type { NumberField } from './numbers.ts'

/** What a key stands for. `section` only groups the keys that follow it. */
export type KeyMeaning =
  | { readonly kind: 'section'; readonly name: string }
  | { readonly kind: 'list'; readonly name: 'peaks' | 'fftRe' | 'fftIm' }
  | { readonly kind: 'number'; readonly name: NumberField }
  | { readonly kind: 'device' | 'firmware' | 'event' | 'coilReversed' | 'time' }

const section = (name: string): KeyMeaning => ({ kind: 'section', name })
const list = (name: 'peaks' | 'fftRe' | 'fftIm'): KeyMeaning => ({ kind: 'list', name })
const number = (name: NumberField): KeyMeaning => ({ kind: 'number', name })

/** Every spelling that sensors or their documentation are known to use, in small letters without blanks. */
const spellings: Readonly<Record<string, KeyMeaning>> = {
  device: section('device'),
  alarms: section('alarms'),
  power: section('power'),
  line: section('line'),
  id: { kind: 'device' },
  fw: { kind: 'firmware' },
  firmware: { kind: 'firmware' },
  evt: { kind: 'event' },
  event: { kind: 'event' },
  coilreversed: { kind: 'coilReversed' },
  coilrevesed: { kind: 'coilReversed' },
  active: number('activePowerW'),
  reactive: number('reactivePowerVar'),
  activepower: number('activePowerW'),
  reactivepower: number('reactivePowerVar'),
  apparent: number('apparentPowerVa'),
  apparentpower: number('apparentPowerVa'),
  appearent: number('apparentPowerVa'),
  current: number('currentA'),
  voltage: number('voltageV'),
  phase: number('phaseRad'),
  peaks: list('peaks'),
  fftre: list('fftRe'),
  fftim: list('fftIm'),
  fftimg: list('fftIm'),
  utctime: { kind: 'time' },
  utc: { kind: 'time' },
  hz: number('frequencyHz'),
  frequency: number('frequencyHz'),
  wifistrength: number('wifiStrengthDbm'),
}

/** Shorter words have neighbours that are words of their own: `peak`, `line`. */
const misspeltLengthMin = 6

/** A word with one letter missing, one doubled, or two neighbours swapped. */
function* slipsOf(word: string): Generator<string> {
  for (let i = 0; i < word.length; i++) {
    yield word.slice(0, i) + word.slice(i + 1)
    yield word.slice(0, i + 1) + word.slice(i)
    if (i > 0) yield word.slice(0, i - 1) + word[i]! + word[i - 1]! + word.slice(i + 1)
  }
}

/** The spellings, and slips of the pen in the long ones. A key that is further off is kept as an unknown one. */
const meanings: ReadonlyMap<string, KeyMeaning> = new Map([
  ...Object.entries(spellings)
    .filter(([word]) => word.length >= misspeltLengthMin)
    .flatMap(([word, meaning]) => [...slipsOf(word)].map((slip) => [slip, meaning] as const)),
  ...Object.entries(spellings),
])

/** @returns null for a key that nobody knows */
export const meaningOf = (key: string): KeyMeaning | null =>
  meanings.get(key.toLowerCase().replace(/[\s_-]+/g, '')) ?? null

/** `WiFi Channel` → `wifi_channel` */
export const snakeCase = (key: string): string =>
  key
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
