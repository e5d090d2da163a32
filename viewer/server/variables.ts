import { queryFormats } from '../../lib/dashboard/supported.ts'
import type { Chosen } from '../api.ts'

type QueryFormat = (typeof queryFormats)[number]

/** How chosen values are written inside of Flux. A value can never end the literal it stands in. */
const writers: { readonly [F in QueryFormat]: (values: readonly string[]) => string } = {
  regex: (values) => {
    const escaped = values.map(regexText)
    return escaped.length === 1 ? escaped[0]! : `(${escaped.join('|')})`
  },
  doublequote: (values) => values.map(stringLiteral).join(','),
}

/** A value as the inside of a regular expression that matches only itself; the slash is Flux's own end mark. */
const regexText = (value: string): string =>
  value
    .replace(/[\\^$*+?.()|[\]{}/]/g, '\\$&')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')

/** A string of Flux. Without the backslash before it, `${` would be worked out as an expression. */
const stringLiteral = (value: string): string =>
  `"${value
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('${', '\\${')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')}"`

/** A variable as its dashboard defines it. */
export interface VariableDefinition {
  readonly type: string
  readonly name: string
  readonly allValue?: string | null
  readonly current?: { readonly value?: string | readonly string[] }
  readonly query?: string | { readonly refId: string; readonly query: string }
  readonly regex?: string
  readonly sort?: number
}

/**
 * Writes chosen values in the places of `${name:format}`. A dashboard's own text for "all" is taken as it stands; it is
 * the dashboard's word, not the viewer's. A constant is what the dashboard says, whatever was sent.
 * @throws Error for a variable that the dashboard does not have, and for a format that is not safe in Flux
 */
export function withVariables(
  script: string,
  definitions: readonly VariableDefinition[],
  chosen: Readonly<Record<string, Chosen>>,
): string {
  return script.replace(/\$\{(\w+)(?::(\w+))?\}|\$([A-Za-z_]\w*)/g, (text, name?: string, format?: string) => {
    const definition = definitions.find((candidate) => candidate.name === name)
    if (name === undefined || definition === undefined) throw new Error(`${text} is no variable of this dashboard`)
    if (!isQueryFormat(format))
      throw new Error(`${text} is not written in one of the formats that are safe in Flux: ${queryFormats.join(', ')}`)
    const own = ownValues(definition)
    const { all, values } =
      definition.type === 'constant' || !(name in chosen) ? { all: false, values: own } : chosen[name]!
    if (all && definition.allValue && format === 'regex') return definition.allValue
    return values.length === 0 ? nothing[format] : writers[format](values)
  })
}

/** With nothing chosen a regular expression matches the empty text alone: no tag has it. */
const nothing: { readonly [F in QueryFormat]: string } = { regex: '', doublequote: '""' }

const isQueryFormat = (format: string | undefined): format is QueryFormat =>
  (queryFormats as readonly (string | undefined)[]).includes(format)

const ownValues = ({ type, query, current }: VariableDefinition): readonly string[] => {
  if (type === 'constant' && typeof query === 'string') return [query]
  const value = current?.value
  return value === undefined ? [] : [value].flat().filter((one) => one !== '$__all')
}

const compareNatural = new Intl.Collator('en', { numeric: true, sensitivity: 'base' }).compare
const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
const compareNumber = (a: string, b: string): number => firstNumber(a) - firstNumber(b)
const firstNumber = (text: string): number => Number(/-?\d+(\.\d+)?/.exec(text)?.[0] ?? Number.POSITIVE_INFINITY)
const compareFolded = (a: string, b: string): number => compareText(a.toLowerCase(), b.toLowerCase())

/** By Grafana's number of the order: 1 to 8 in pairs up and down, 0 as it came. */
const orders = [null, compareText, compareNumber, compareFolded, compareNatural] as const

export function sortValues(values: readonly string[], sort: number | undefined): readonly string[] {
  const compare = orders[Math.ceil((sort ?? 0) / 2)]
  if (compare === null || compare === undefined) return values
  const direction = (sort ?? 0) % 2 === 1 ? 1 : -1
  return [...values].sort((a, b) => direction * compare(a, b))
}
