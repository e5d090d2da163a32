/** A unit's factor to the field's own unit. Upper and lower case differ where they mean different things (mW, MW). */
const units = {
  activePowerW: { W: 1, kW: 1e3, MW: 1e6, mW: 1e-3 },
  reactivePowerVar: { var: 1, kvar: 1e3, Mvar: 1e6 },
  apparentPowerVa: { VA: 1, kVA: 1e3, MVA: 1e6 },
  currentA: { A: 1, mA: 1e-3, kA: 1e3 },
  voltageV: { V: 1, mV: 1e-3, kV: 1e3 },
  phaseRad: { rad: 1, mrad: 1e-3, deg: Math.PI / 180, '°': Math.PI / 180 },
  frequencyHz: { Hz: 1 },
  wifiStrengthDbm: { dBm: 1, dB: 1 },
} as const satisfies Record<string, Readonly<Record<string, number>>>

export type NumberField = keyof typeof units

const sameInAnyCase = new Set([
  'w',
  'kw',
  'var',
  'kvar',
  'va',
  'kva',
  'a',
  'ka',
  'v',
  'kv',
  'rad',
  'deg',
  'hz',
  'dbm',
  'db',
])

const factorOf = (field: NumberField, unit: string): number | null => {
  const known: Readonly<Record<string, number>> = units[field]
  if (unit === '') return 1
  if (Object.hasOwn(known, unit)) return known[unit]!
  const lower = unit.toLowerCase()
  if (!sameInAnyCase.has(lower)) return null
  const name = Object.keys(known).find((candidate) => candidate.toLowerCase() === lower)
  return name === undefined ? null : known[name]!
}

const plainNumber = /^[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d+)?$/

/** A decimal number with a point or a comma. @returns null for anything else, such as `1,234.5` or a number beyond a double */
export function parseNumber(text: string): number | null {
  if (!plainNumber.test(text)) return null
  const value = Number(text.replace(',', '.'))
  return Number.isFinite(value) ? value : null
}

/** A number with its unit or without. @returns the value in the field's unit, or the reason why not */
export function parseQuantity(field: NumberField, text: string): number | string {
  const split = /^(.*?)\s*((?!e[+-]?\d)[A-Za-z°µ%]+)?$/i.exec(text)
  const value = split === null ? null : parseNumber(split[1]!)
  if (value === null) return `"${text}" is no number`
  const unit = split![2] ?? ''
  const factor = factorOf(field, unit)
  if (factor === null) return `"${unit}" is no unit of it (known: ${Object.keys(units[field]).join(', ')})`
  return value * factor
}
