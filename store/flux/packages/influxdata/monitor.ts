import { Column } from '../../column.ts'
import { FluxError, UnsupportedError } from '../../errors.ts'
import { makeStream } from '../../stream.ts'
import type { Table } from '../../table.ts'
import { type Builtin, type Constant, define } from '../../universe/define.ts'
import { regrouped } from '../regroup.ts'

const packagePath = 'influxdata/influxdb/monitor'

const constants: Readonly<Record<string, string>> = {
  bucket: '_monitoring',
  levelCrit: 'crit',
  levelInfo: 'info',
  levelOK: 'ok',
  levelUnknown: 'unknown',
  levelWarn: 'warn',
}

/** Levels that no check knows count as unknown. */
const rank: Readonly<Record<string, number>> = { crit: 4, warn: 3, info: 2, ok: 1 }

/** Rows whose level differs from that of the row before. */
function changedRows(table: Table): number[] {
  const level = levelsOf(table)
  const ranks = Array.from({ length: table.length }, (_, row) => rank[String(level.at(row))] ?? 0)
  return ranks.flatMap((value, row) => (row > 0 && value !== ranks[row - 1] ? [row] : []))
}

/** Rows of the level `to` that directly follow, in time, a row of the level `from`. */
function crossingRows(table: Table, from: string, to: string): number[] {
  const level = levelsOf(table)
  const time = table.column('_time')
  if (time === undefined) throw new UnsupportedError('monitor.stateChanges without the column _time')
  const rows = Array.from({ length: table.length }, (_, row) => row)
    .filter((row) => !level.isNull(row))
    .map((row) => ({ row, time: time.at(row), is: String(level.at(row)) }))
  if (rows.some((one) => typeof one.time !== 'bigint'))
    throw new UnsupportedError('monitor.stateChanges of rows without a time')
  rows.sort((a, b) => (a.time! < b.time! ? -1 : a.time! > b.time! ? 1 : a.row - b.row))
  const isTo = (is: string): boolean => (to === 'any' ? is !== from : is === to)
  const isFrom = (is: string): boolean => (from === 'any' ? is !== to : is === from)
  return rows.flatMap(({ row, is, time: at }, i) => {
    const before = rows[i - 1]
    if (before === undefined) return []
    if (before.time === at) throw new UnsupportedError('monitor.stateChanges of several rows of one time')
    return isTo(is) && isFrom(before.is) ? [row] : []
  })
}

function levelsOf(table: Table): Column {
  const level = table.column('_level')
  if (level === undefined) throw new FluxError('invalid', 'column "_level" does not exist')
  if (table.key.has('_level')) throw new UnsupportedError('monitor.stateChanges of tables grouped by _level')
  return level
}

const tables = { name: 'tables', pipe: true }

function changes(name: string, parameters: Builtin['parameters']): Builtin {
  return define({
    package: packagePath,
    name,
    parameters: [tables, ...parameters],
    call: (args, context) => {
      const input = args.stream()
      const from = args.optional('fromLevel', args.string) ?? 'any'
      const to = args.optional('toLevel', args.string) ?? 'any'
      if (from === to && from !== 'any') throw new UnsupportedError('monitor.stateChanges from a level to itself')
      const chosen = (table: Table): Table =>
        table.take(Int32Array.from(from === 'any' && to === 'any' ? changedRows(table) : crossingRows(table, from, to)))
      return makeStream(context, name, function* () {
        const kept: Table[] = []
        for (const table of input.tables()) if (table.length > 0) kept.push(chosen(table))
        yield* regrouped(kept, ({ key }) => [...key.labels, '_level'])
      })
    },
  })
}

/** The last row of every table, and whether it is older than a time. */
const deadman = define({
  package: packagePath,
  name: 'deadman',
  parameters: [tables, { name: 't', required: true }],
  call: (args, context) => {
    const input = args.stream()
    const { ns } = args.time('t')
    return makeStream(context, 'deadman', function* () {
      for (const table of input.tables()) {
        const time = table.column('_time')
        if (time === undefined) throw new FluxError('invalid', 'no column "_time" exists')
        if (table.key.has('_time')) throw new UnsupportedError('monitor.deadman of tables grouped by _time')
        let last: { readonly row: number; readonly at: bigint } | null = null
        for (let row = 0; row < table.length; row++) {
          const at = time.at(row)
          if (typeof at === 'bigint' && (last === null || at > last.at)) last = { row, at }
        }
        if (last === null) continue
        const latest = table.take(Int32Array.of(last.row))
        yield latest.with([
          ...latest.columns.filter(({ label }) => label !== 'dead'),
          Column.constant('dead', 'bool', last.at < ns, 1),
        ])
      }
    })
  },
})

/** Changes of a `_level` column, and series that fell silent. Checks and notifications are absent. */
export const monitorFunctions: readonly (Builtin | Constant)[] = [
  ...Object.entries(constants).map(([name, value]) => ({ package: packagePath, name, value })),
  changes('stateChangesOnly', []),
  changes('stateChanges', [{ name: 'fromLevel' }, { name: 'toLevel' }]),
  deadman,
]
