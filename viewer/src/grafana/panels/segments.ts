import { type DataFrame, type Field, FieldType, formattedValueToString, getFieldDisplayName } from '@grafana/data'

/** A stretch of time in which a row said the same. */
export interface Segment {
  readonly fromMs: number
  readonly toMs: number
  readonly text: string
  readonly color: string
}

export interface Row {
  readonly name: string
  readonly segments: readonly Segment[]
}

export interface SegmentRules {
  /** A value speaks until the next one, but for no longer than this. */
  readonly holdsMs: number
  /** Where the last value stops speaking: the end of the range, or now. */
  readonly untilMs: number
}

/** One row per field that is no time. Neighbours that read the same are one segment; a gap is none. */
export const rowsOf = (frames: readonly DataFrame[], rules: SegmentRules): readonly Row[] =>
  frames.flatMap((frame) => {
    const time = frame.fields.find(({ type }) => type === FieldType.time)
    if (time === undefined) return []
    return frame.fields
      .filter((field) => field !== time && field.config.custom?.hideFrom?.viz !== true)
      .map((field) => ({
        name: getFieldDisplayName(field, frame, [...frames]),
        segments: segmentsOf(time.values as number[], field, rules),
      }))
  })

function segmentsOf(times: readonly number[], field: Field, { holdsMs, untilMs }: SegmentRules): Segment[] {
  const own = field.config.custom?.insertNulls as unknown
  const holds = typeof own === 'number' ? Math.max(own, holdsMs) : own === true ? holdsMs : Number.POSITIVE_INFINITY
  const segments: Segment[] = []
  for (let i = 0; i < times.length; i++) {
    const value: unknown = field.values[i]
    if (value === null || value === undefined) continue
    const fromMs = times[i]!
    const toMs = Math.min(times[i + 1] ?? untilMs, fromMs + holds)
    if (toMs <= fromMs) continue
    const shown = field.display?.(value)
    const text = shown === undefined ? String(value) : formattedValueToString(shown)
    const color = shown?.color ?? '#808080'
    const last = segments.at(-1)
    if (last !== undefined && last.toMs === fromMs && last.text === text && last.color === color)
      segments[segments.length - 1] = { ...last, toMs }
    else segments.push({ fromMs, toMs, text, color })
  }
  return segments
}

/** What the colours mean, in the order in which the dashboard lists them. */
export function meanings(
  rows: readonly Row[],
  frames: readonly DataFrame[],
): readonly { text: string; color: string }[] {
  const seen = new Map<string, string>()
  for (const { segments } of rows) for (const { text, color } of segments) seen.set(text, color)
  const order = frames
    .flatMap(({ fields }) => fields)
    .flatMap(({ config }) => config.mappings ?? [])
    .flatMap((mapping) =>
      mapping.type === 'value'
        ? Object.values(mapping.options)
        : 'result' in mapping.options
          ? [mapping.options.result]
          : [],
    )
    .sort((a, b) => (a.index ?? 0) - (b.index ?? 0))
    .map(({ text }) => text)
  return [...seen]
    .map(([text, color]) => ({ text, color }))
    .sort((a, b) => placeIn(order, a.text) - placeIn(order, b.text))
}

const placeIn = (order: readonly (string | undefined)[], text: string): number => {
  const place = order.indexOf(text)
  return place < 0 ? order.length : place
}
