import {
  type DataContextScopedVar,
  type Field,
  formattedValueToString,
  getFieldDisplayName,
  type InterpolateFunction,
  type ScopedVars,
} from '@grafana/data'

/** What texts can name besides the field at hand. */
export interface Words {
  /** Chosen values by variable; `all` for every one. */
  readonly variables: Readonly<Record<string, { readonly all: boolean; readonly values: readonly string[] }>>
  /** `from=…&to=…` of the page. */
  readonly timeRangeQuery: string
}

const pattern = /\$(\w+)|\[\[(\w+?)(?::(\w+))?\]\]|\$\{(\w+)((?:\.[^:^}]+)*)(?::([^}]+))?\}/g

/**
 * Puts variables and the macros of a field into titles, texts, names and addresses. What is unknown stays as it is written,
 * so that it can be seen.
 */
export const interpolator =
  ({ variables, timeRangeQuery }: Words): InterpolateFunction =>
  (text, scopedVars, format) =>
    (text ?? '').replace(
      pattern,
      (
        written: string,
        bare?: string,
        bracketed?: string,
        bracketFormat?: string,
        braced?: string,
        path?: string,
        ownFormat?: string,
      ) => {
        const name = bare ?? bracketed ?? braced!
        if (name === '__url_time_range') return timeRangeQuery
        if (name === '__all_variables') return variablesQuery(variables)
        const values = macro(name, path?.slice(1) ?? '', scopedVars) ?? chosen(name, variables, scopedVars)
        if (values === null) return written
        return write(values, ownFormat ?? bracketFormat ?? (typeof format === 'string' ? format : undefined))
      },
    )

function chosen(
  name: string,
  variables: Words['variables'],
  scopedVars: ScopedVars | undefined,
): readonly string[] | null {
  const scoped = scopedVars?.[name]
  if (scoped !== undefined) return [String(scoped.value)]
  const variable = variables[name]
  if (variable === undefined) return null
  return variable.all ? ['All'] : variable.values
}

const variablesQuery = (variables: Words['variables']): string =>
  Object.entries(variables)
    .flatMap(([name, { all, values }]) => (all ? ['$__all'] : values).map((value) => [`var-${name}`, value]))
    .map((pair) => pair.map((part) => encodeURIComponent(part!)).join('='))
    .join('&')

/** Formats of values in texts and addresses; those inside of Flux are written by the server. */
function write(values: readonly string[], format: string | undefined): string {
  switch (format) {
    case 'percentencode':
    case 'uriencode':
      return encodeURIComponent(values.join(','))
    case 'csv':
      return values.join(',')
    case 'pipe':
      return values.join('|')
    case 'json':
      return JSON.stringify(values)
    default:
      return values.length > 1 ? values.join(' + ') : (values[0] ?? '')
  }
}

/** `${__field.…}`, `${__value.…}`, `${__data.fields.…}`, `${__series.name}` at the field and row of the data context. */
function macro(name: string, path: string, scopedVars: ScopedVars | undefined): readonly string[] | null {
  if (!/^__(field|value|data|series)$/.test(name)) return null
  const context = (scopedVars?.['__dataContext'] as DataContextScopedVar | undefined)?.value
  if (context === undefined) return null
  const { field, frame, data, rowIndex, calculatedValue } = context
  switch (name) {
    case '__field':
      if (path === 'name' || path === 'displayName' || path === '')
        return [field === undefined ? '' : getFieldDisplayName(field, frame, data)]
      if (path.startsWith('labels')) return [labelOf(field, path)]
      return null
    case '__series':
      return [frame?.name ?? '']
    case '__value': {
      if (field === undefined) return null
      if (calculatedValue !== undefined)
        return [
          path === 'raw' || path === 'numeric'
            ? String(calculatedValue.numeric)
            : formattedValueToString(calculatedValue),
        ]
      const raw: unknown = rowIndex === undefined ? undefined : field.values[rowIndex]
      if (path === 'raw') return [String(raw ?? '')]
      if (path === 'time') return [String(frame?.fields[0]?.values[rowIndex ?? 0] ?? '')]
      return [shown(field, raw)]
    }
    default: {
      const wanted = /^fields(?:\.|\[)"?([^"\]]+)"?\]?$/.exec(path)?.[1]
      const found = frame?.fields.find((one, index) => one.name === wanted || String(index) === wanted)
      return found === undefined || rowIndex === undefined ? null : [shown(found, found.values[rowIndex])]
    }
  }
}

const shown = (field: Field, raw: unknown): string =>
  field.display === undefined ? String(raw ?? '') : formattedValueToString(field.display(raw))

function labelOf(field: Field | undefined, path: string): string {
  const label = /^labels(?:\.|\[)"?([^"\]]+)"?\]?$/.exec(path)?.[1]
  if (label === undefined)
    return Object.entries(field?.labels ?? {})
      .map(([key, value]) => `${key}="${value}"`)
      .join(', ')
  return field?.labels?.[label] ?? ''
}
