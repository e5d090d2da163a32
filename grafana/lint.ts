import type { Dashboard, Panel, RowPanel } from '@grafana/grafana-foundation-sdk/dashboard'
import {
  isSupportedPanel,
  isSupportedTransformation,
  queryFormats,
  supportedVariables,
} from '../lib/dashboard/supported.ts'
import { bucketOf, describeField, isMeasurement, isWritten } from '../lib/schema/measurements.ts'
import { datasourceUid } from './house.ts'

type AnyPanel = Panel | RowPanel

/** Text that Grafana puts in by itself. */
const builtIn =
  /^(__interval|__interval_ms|__url_time_range|__all|__from|__to|__field|__value|__data|__range|__dashboard)/

/** What is wrong with a dashboard, one sentence each; empty when nothing is. */
export function dashboardProblems(dashboard: Dashboard): readonly string[] {
  const name = dashboard.uid ?? 'a dashboard without uid'
  const panels = dashboard.panels ?? []
  const found = [
    ...(dashboard.uid === undefined ? ['has no uid'] : []),
    ...duplicates(panels.map(({ id }) => String(id))).map((id) => `has two panels with the id ${id}`),
    ...overlaps(panels),
    ...undefinedVariables(dashboard),
    ...(dashboard.templating?.list ?? [])
      .filter(({ type }) => !(supportedVariables as readonly string[]).includes(type))
      .map(({ name: variable, type }) => `variable ${variable}: type ${type} is not supported by the board`),
    ...panels.flatMap((panel) =>
      panelProblems(panel).map((problem) => `panel ${panel.id} "${panel.title ?? ''}": ${problem}`),
    ),
  ]
  return found.map((problem) => `${name}: ${problem}`)
}

const duplicates = (ids: readonly string[]): string[] => ids.filter((id, i) => ids.indexOf(id) !== i)

function overlaps(panels: readonly AnyPanel[]): string[] {
  const found: string[] = []
  const placed = panels.flatMap((panel) => (panel.gridPos === undefined ? [] : [{ id: panel.id, ...panel.gridPos }]))
  if (placed.length !== panels.length) found.push('has a panel without a place')
  for (const [i, a] of placed.entries()) {
    if (a.x + a.w > 24) found.push(`panel ${a.id} is wider than the grid`)
    for (const b of placed.slice(i + 1))
      if (a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h)
        found.push(`panels ${a.id} and ${b.id} overlap`)
  }
  return found
}

/** Every `$name` and `${name}` of the whole dashboard must be a variable of it. */
function undefinedVariables(dashboard: Dashboard): string[] {
  const known = new Set((dashboard.templating?.list ?? []).map(({ name }) => name))
  const used = new Set<string>()
  for (const text of textsIn([dashboard.panels, dashboard.templating, dashboard.title]))
    for (const match of text.matchAll(/\$(?:\{([A-Za-z_]\w*)[^}]*\}|([A-Za-z_]\w*))/g)) used.add(match[1] ?? match[2]!)
  return [...used]
    .filter((name) => !known.has(name) && !builtIn.test(name))
    .map((name) => `uses $${name}, which is no variable of it`)
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap(textsIn)
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(textsIn)
  return []
}

function panelProblems(panel: AnyPanel): string[] {
  if (!isSupportedPanel(panel.type)) return [`panel type ${panel.type} is not supported by the board`]
  if (panel.type === 'row') return []
  const full = panel as Panel
  const found: string[] = []
  if (full.title === undefined || full.title === '') found.push('has no title')
  if (full.type !== 'text' && !full.description) found.push('has no description in plain words')
  for (const { id } of full.transformations ?? [])
    if (!isSupportedTransformation(id)) found.push(`transformation ${id} is not supported by the board`)
  if (full.type !== 'text' && full.datasource?.uid !== datasourceUid) found.push('asks another datasource')
  const { custom, min } = full.fieldConfig?.defaults ?? {}
  if ((custom as { drawStyle?: string } | undefined)?.drawStyle === 'bars' && min !== 0)
    found.push('draws bars that do not begin at zero')
  const targets = (full.targets ?? []) as unknown as readonly { refId: string; query: string }[]
  if (full.type !== 'text' && targets.length === 0) found.push('asks nothing')
  found.push(...duplicates(targets.map(({ refId }) => refId)).map((refId) => `has two queries ${refId}`))
  for (const { query } of targets) found.push(...queryProblems(query))
  return found
}

/** What is wrong with the Flux of a panel or variable: names that nobody writes, variables that are not quoted safely. */
export function queryProblems(query: string): string[] {
  const found: string[] = []
  for (const [, text] of query.matchAll(/\$\{(\w+(?::\w+)?)\}|\$[A-Za-z_]/g)) {
    const [name, format] = (text ?? '').split(':')
    if (!name || builtIn.test(name)) continue
    if (!(queryFormats as readonly string[]).includes(format ?? ''))
      found.push(`puts $${name} into Flux without one of the formats ${queryFormats.join(', ')}`)
  }
  if (/\$[A-Za-z]/.test(query)) found.push('puts a variable into Flux without braces and format')
  const reads = [...query.matchAll(/from\(bucket: ([^)]+)\)[\s\S]*?r\._measurement == "([^"]+)"([^\n]*)/g)]
  for (const [, bucket, measurement, rest] of reads) {
    if (!isMeasurement(measurement!)) {
      found.push(`asks for ${measurement}, which is not in lib/schema`)
      continue
    }
    if (!isWritten(measurement)) found.push(`asks for ${measurement}, which nobody writes yet`)
    const own = bucketOf(measurement)
    if (
      (bucket === 'v.defaultBucket' ? 'plant_raw' : bucket) !==
      (bucket === 'v.defaultBucket' ? own : JSON.stringify(own))
    )
      found.push(`looks for ${measurement} in ${bucket}`)
    for (const [, field] of rest!.matchAll(/r\._field == "([^"]+)"/g))
      if (describeField(measurement, field!) === null)
        found.push(`asks for the field ${measurement}.${field}, which nobody writes`)
  }
  return found
}
