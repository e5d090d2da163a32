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

/**
 * Every spelling that sensors or their documentation are known to use, in small letters without blanks. Spellings are
 * listed, not guessed: a key that merely looks alike is kept as an unknown one.
 */
const meanings: Readonly<Record<string, KeyMeaning>> = {
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
  apparent: number('apparentPowerVa'),
  appearent: number('apparentPowerVa'),
  current: number('currentA'),
  voltage: number('voltageV'),
  phase: number('phaseRad'),
  peaks: list('peaks'),
  fftre: list('fftRe'),
  fftim: list('fftIm'),
  fftimg: list('fftIm'),
  utctime: { kind: 'time' },
  hz: number('frequencyHz'),
  frequency: number('frequencyHz'),
  wifistrength: number('wifiStrengthDbm'),
}

/** @returns null for a key that nobody knows */
export function meaningOf(key: string): KeyMeaning | null {
  const plain = key.toLowerCase().replace(/[\s_-]+/g, '')
  return Object.hasOwn(meanings, plain) ? meanings[plain]! : null
}

/** `WiFi Channel` → `wifi_channel` */
export const snakeCase = (key: string): string =>
  key
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
