import { useEffect, useMemo, useRef, useState } from 'react'
import type { Chosen, ChosenVariables } from '../../api.ts'
import { askVariable } from './ask.ts'
import type { DashboardModel, VariableModel } from './dashboard-model.ts'
import { choose } from './location.ts'

export const allValue = '$__all'

/** What is chosen of a variable, or null while that is not known: its values have to be asked for first. */
export function chosenOf(
  definition: VariableModel,
  inAddress: readonly string[],
  options: readonly string[] | undefined,
): Chosen | null {
  const { type, includeAll, multi, current, query } = definition
  if (type === 'constant') return { all: false, values: [typeof query === 'string' ? query : ''] }
  const wanted = definition.skipUrlSync || inAddress.length === 0 ? [current?.value ?? []].flat() : inAddress
  const everything = (): Chosen | null => {
    if (options !== undefined) return { all: true, values: options }
    // The dashboard's own word for "all" needs no list.
    return definition.allValue ? { all: true, values: [] } : null
  }
  if (includeAll && wanted.includes(allValue)) return everything()
  const values = wanted.filter((value) => value !== allValue && value !== '')
  if (values.length > 0) return { all: false, values: multi ? values : values.slice(0, 1) }
  if (includeAll && multi) return everything()
  return options === undefined ? null : { all: false, values: options.slice(0, 1) }
}

/** Values that stand in the definition itself. */
export const ownOptions = ({ type, query }: VariableModel): readonly string[] | undefined =>
  type === 'custom' && typeof query === 'string' ? query.split(',').map((value) => value.trim()) : undefined

/** Variables that a text names. */
export const namesIn = (text: string): readonly string[] => [
  ...new Set([...text.matchAll(/\$\{?(\w+)/g)].map(([, name]) => name!)),
]

const queryText = ({ query }: VariableModel): string => (typeof query === 'string' ? query : (query?.query ?? ''))

export interface VariablesState {
  /** A variable that is missing is not known yet. */
  readonly chosen: ChosenVariables
  readonly options: Readonly<Record<string, readonly string[]>>
  readonly problems: Readonly<Record<string, string>>
}

interface Range {
  readonly fromMs: number
  readonly toMs: number
}

/**
 * The variables of a dashboard, each asked for after those that its query names. What the address says stays as it is,
 * even where the chosen time has no such value: silently showing something else would be worse than an empty chart.
 */
export function useVariables(
  dashboard: DashboardModel,
  parameters: URLSearchParams,
  range: Range,
  /** Changes when values are to be asked for again. */
  round: string,
  /** Counts on with every refresh: a variable without any value is asked for each time. */
  tick: number,
): VariablesState {
  const definitions = useMemo(() => dashboard.templating?.list ?? [], [dashboard])
  const [options, setOptions] = useState<Readonly<Record<string, readonly string[]>>>({})
  const [problems, setProblems] = useState<Readonly<Record<string, string>>>({})
  const wanting = definitions.some(({ name, type }) => type === 'query' && options[name]?.length === 0)
  const now = wanting ? `${round} ${tick}` : round
  const asked = useRef(new Map<string, string>())
  const rangeNow = useRef(range)
  rangeNow.current = range
  const address = definitions.map(({ name }) => parameters.getAll(`var-${name}`).join('\n')).join('\n\n')

  // biome-ignore lint/correctness/useExhaustiveDependencies: the range alone is no reason to ask; address stands for parameters
  useEffect(() => {
    const controller = new AbortController()
    const load = async (): Promise<void> => {
      const known: Record<string, Chosen> = {}
      const lists: Record<string, readonly string[]> = { ...options }
      for (const definition of definitions) {
        const { name } = definition
        if (definition.type === 'query') {
          const needs = namesIn(queryText(definition))
          const key = JSON.stringify([now, needs.map((need) => known[need])])
          const before = asked.current.get(name)
          if (before !== key) {
            const question = { dashboard: dashboard.uid, variable: name, ...rangeNow.current, variables: known }
            const { values, problem } = await askVariable(question, controller.signal)
            setProblems((all) => ({ ...all, [name]: problem?.message ?? '' }))
            if (problem === undefined || lists[name] === undefined) lists[name] = values
            if (problem === undefined) asked.current.set(name, key)
            setOptions((all) => ({ ...all, [name]: lists[name]! }))
            dropStale(definition, parameters, lists[name]!, before, key)
          }
        }
        const chosen = chosenOf(definition, parameters.getAll(`var-${name}`), lists[name] ?? ownOptions(definition))
        if (chosen !== null) known[name] = chosen
      }
    }
    load().catch((error: unknown) => {
      if (!controller.signal.aborted) setProblems((all) => ({ ...all, '': (error as Error).message }))
    })
    return () => controller.abort()
  }, [dashboard, definitions, now, address])

  const chosen = useMemo(() => {
    const entries = definitions.flatMap((definition) => {
      const inAddress = parameters.getAll(`var-${definition.name}`)
      const one = chosenOf(definition, inAddress, options[definition.name] ?? ownOptions(definition))
      return one === null ? [] : [[definition.name, one] as const]
    })
    return Object.fromEntries(entries)
  }, [definitions, parameters, options])

  return { chosen, options, problems }
}

/** After another machine was chosen, signals that it does not have are no choice any more. */
function dropStale(
  { name, type }: VariableModel,
  parameters: URLSearchParams,
  values: readonly string[],
  before: string | undefined,
  now: string,
): void {
  const onlyRoundChanged =
    before === undefined || JSON.stringify(JSON.parse(before)[1]) === JSON.stringify(JSON.parse(now)[1])
  if (type !== 'query' || onlyRoundChanged) return
  const inAddress = parameters.getAll(`var-${name}`)
  const kept = inAddress.filter((value) => value === allValue || values.includes(value))
  if (kept.length < inAddress.length) choose({ [`var-${name}`]: kept.length === 0 ? null : kept }, true)
}
