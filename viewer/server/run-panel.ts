import { ApiError } from '../../lib/errors.ts'
import type { PanelAnswer, PanelQuestion, QueryResult, VariableAnswer, VariableQuestion } from '../api.ts'
import { type BoardDashboard, panelOf } from './dashboards.ts'
import { framesOf, limitsFor } from './frames.ts'
import { withMacros } from './macros.ts'
import { askStore, type BoardStore, StoreProblem } from './store.ts'
import { sortValues, withVariables } from './variables.ts'

export interface RunAt extends BoardStore {
  readonly bucket: string
}

const timeoutMs = 60_000
const variableValuesMax = 5_000

/**
 * Runs the queries that stand in a panel, all at once. One that fails leaves its neighbours alone.
 * @throws ApiError for a panel that is not there
 */
export async function runPanel(
  store: RunAt,
  dashboard: BoardDashboard,
  question: PanelQuestion,
  signal: AbortSignal,
): Promise<PanelAnswer> {
  const targets = (panelOf(dashboard, question.panel).targets ?? []).filter(({ hide }) => hide !== true)
  const results = await Promise.all(
    targets.map(async ({ refId, query = '' }): Promise<readonly [string, QueryResult]> => {
      try {
        const script = scriptOf(store, dashboard, query, question)
        const tables = await askStore(store, script, { signal, timeoutMs })
        const { frames, truncated } = framesOf(tables, refId, limitsFor(question.maxDataPoints))
        return [refId, truncated === null ? { frames } : { frames, problem: { code: 'truncated', message: truncated } }]
      } catch (error) {
        if (signal.aborted) throw error
        return [refId, { frames: [], problem: problemOf(error) }]
      }
    }),
  )
  return { results: Object.fromEntries(results) }
}

/**
 * The values that a variable can have: the texts of `_value`, or of the first column of texts, each once.
 * @throws ApiError for a variable that is not there or has no query
 */
export async function runVariable(
  store: RunAt,
  dashboard: BoardDashboard,
  question: VariableQuestion,
  signal: AbortSignal,
): Promise<VariableAnswer> {
  const definition = dashboard.templating?.list?.find(({ name }) => name === question.variable)
  if (definition === undefined || definition.type !== 'query')
    throw new ApiError('not found', `dashboard "${dashboard.uid}" has no query variable "${question.variable}"`)
  const query = typeof definition.query === 'string' ? definition.query : (definition.query?.query ?? '')
  try {
    if (definition.regex) throw new Error('a regular expression over the values of a variable is not supported')
    const script = scriptOf(store, dashboard, query, { ...question, intervalMs: 60_000 })
    const values = new Set<string>()
    for (const { columns } of await askStore(store, script, { signal, timeoutMs })) {
      const column = columns.find(({ label }) => label === '_value') ?? columns.find(({ type }) => type === 'string')
      for (const cell of column?.cells ?? []) if (cell !== null && cell !== '') values.add(String(cell))
    }
    return { values: sortValues([...values], definition.sort).slice(0, variableValuesMax) }
  } catch (error) {
    if (signal.aborted) throw error
    return { values: [], problem: problemOf(error) }
  }
}

const scriptOf = (
  { bucket, org }: RunAt,
  dashboard: BoardDashboard,
  query: string,
  { fromMs, toMs, intervalMs, variables }: Pick<PanelQuestion, 'fromMs' | 'toMs' | 'intervalMs' | 'variables'>,
): string =>
  withVariables(
    withMacros(query, { fromMs, toMs, intervalMs, bucket, org }),
    dashboard.templating?.list ?? [],
    variables,
  )

const problemOf = (error: unknown): NonNullable<QueryResult['problem']> => ({
  code: error instanceof StoreProblem ? error.code : 'refused',
  message: error instanceof Error ? error.message : String(error),
})
