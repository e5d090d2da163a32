import type { Arguments } from '../../arguments.ts'
import { Column } from '../../column.ts'
import { FluxError } from '../../errors.ts'
import { makeStream, type TableStream } from '../../stream.ts'
import type { Table } from '../../table.ts'
import { type Builtin, type CallContext, define } from '../../universe/define.ts'
import { FluxArray } from '../../values.ts'
import { callUniverse } from '../call-universe.ts'
import { withDurations } from '../contrib/events-duration.ts'

const packagePath = 'experimental/oee'

/** Nanoseconds in the running state, one row per table in which it occurs. */
function runTimes(events: TableStream, runningState: string, context: CallContext): TableStream {
  const running = makeStream(context, 'computeAPQ', function* () {
    for (const table of events.tables()) {
      const lasting = withDurations(table, {
        unitNs: 1n,
        timeColumn: '_time',
        columnName: 'runTime',
        stopColumn: '_stop',
        stopNs: undefined,
      })
      const state = lasting.column('state')
      const rows = Array.from({ length: lasting.length }, (_, row) => row).filter(
        (row) => state?.at(row) === runningState,
      )
      if (rows.length > 0) yield lasting.take(Int32Array.from(rows))
    }
  })
  return callUniverse('sum', running, { column: 'runTime' }, context)
}

/** By how much a running total grew, one row per table; where it falls it was set back. */
function growth(events: TableStream, column: string, context: CallContext): TableStream {
  const steps = callUniverse('difference', events, { columns: new FluxArray([column]), nonNegative: true }, context)
  return callUniverse('sum', steps, { column }, context)
}

const byKey = (stream: TableStream): Map<string, Table> =>
  new Map([...stream.tables()].filter(({ length }) => length > 0).map((table) => [table.key.id, table]))

/** The one number of a table. */
function numberIn(table: Table, label: string): number {
  const cell = table.column(label)?.at(0)
  if (typeof cell !== 'number' && typeof cell !== 'bigint')
    throw new FluxError('invalid', `computeAPQ: ${label} has no number in one of the tables`)
  return Number(cell)
}

function computed(production: TableStream, parts: TableStream, args: Arguments, context: CallContext): TableStream {
  const plannedNs = Number(args.duration('plannedTime').approximateNs())
  const cycleNs = Number(args.duration('idealCycleTime').approximateNs())
  const running = runTimes(production, args.string('runningState'), context)
  const all = growth(parts, 'partCount', context)
  const bad = growth(parts, 'badCount', context)
  return makeStream(context, 'computeAPQ', function* () {
    const [made, spoilt] = [byKey(all), byKey(bad)]
    for (const table of byKey(running).values()) {
      const [total, faulty] = [made.get(table.key.id), spoilt.get(table.key.id)]
      if (total === undefined || faulty === undefined) continue
      const stop = table.key.column('_stop')
      if (typeof stop?.value !== 'bigint')
        throw new FluxError('invalid', 'computeAPQ needs _stop in the group key; use range to set it')
      const runNs = numberIn(table, 'runTime')
      const count = numberIn(total, 'partCount')
      const availability = runNs / plannedNs
      const performance = (count * cycleNs) / runNs
      const quality = (count - numberIn(faulty, 'badCount')) / count
      const figures = { availability, performance, quality, oee: availability * performance * quality }
      yield table.with([
        ...table.columns,
        Column.constant('_time', 'time', stop.value, 1),
        ...Object.entries(figures).map(([label, value]) => Column.constant(label, 'float', value, 1)),
      ])
    }
  })
}

const plan = ['runningState', 'plannedTime', 'idealCycleTime'].map((name) => ({ name, required: true }))

/** Overall equipment effectiveness: availability · performance · quality, and their product. */
export const oeeFunctions: readonly Builtin[] = [
  define({
    package: packagePath,
    name: 'computeAPQ',
    parameters: [{ name: 'productionEvents', required: true }, { name: 'partEvents', required: true }, ...plan],
    call: (args, context) => computed(args.stream('productionEvents'), args.stream('partEvents'), args, context),
  }),
  define({
    package: packagePath,
    name: 'APQ',
    parameters: [{ name: 'tables', pipe: true }, ...plan],
    call: (args, context) => computed(args.stream(), args.stream(), args, context),
  }),
]
