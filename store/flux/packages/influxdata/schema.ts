import type { Arguments } from '../../arguments.ts'
import { Column } from '../../column.ts'
import { UnsupportedError } from '../../errors.ts'
import { compareStrings, GroupKey } from '../../group-key.ts'
import { ClosureFunction } from '../../interpret/functions.ts'
import { splitPredicate } from '../../plan/predicate.ts'
import type { Predicate, SeriesData } from '../../plan/read.ts'
import { type Bounds, ReadStream } from '../../read-stream.ts'
import { membersUsed, rowPredicate } from '../../row-function.ts'
import { makeStream, type TableStream } from '../../stream.ts'
import { Table } from '../../table.ts'
import { type Builtin, type CallContext, define } from '../../universe/define.ts'
import { boundNs } from '../../universe/range.ts'

type Tags = SeriesData['tags']

const thirtyDaysNs = 30n * 86_400_000_000_000n
const always: Bounds = { startNs: -(2n ** 63n), stopNs: 2n ** 63n - 1n }
const notTags = new Set(['_start', '_stop', '_time', '_value'])

/** From `start` to `stop`; unsaid, the last thirty days. */
function boundsOf(args: Arguments, context: CallContext): Bounds {
  return {
    startNs: args.has('start') ? boundNs(args.value('start'), context) : context.nowNs() - thirtyDaysNs,
    stopNs: args.has('stop') ? boundNs(args.value('stop'), context) : context.nowNs(),
  }
}

const and = (left: Predicate | null, right: Predicate | null): Predicate | null =>
  left === null ? right : right === null ? left : { kind: 'and', left, right }

/** What the argument `measurement` says. */
const measurementIs = (args: Arguments): Predicate | null =>
  args.has('measurement')
    ? {
        kind: 'compare',
        op: '==',
        left: { kind: 'tag', name: '_measurement' },
        right: args.string('measurement'),
      }
    : null

/**
 * The series of a bucket that have points in the bounds and fit measurement and predicate; asked of the catalogue, no point is
 * read. A condition that storage does not do itself is tested on the series' tags.
 */
function* seriesOf(args: Arguments, context: CallContext, bounds: Bounds): Iterable<Tags> {
  const fn = args.optional('predicate', args.function)
  const { pushed, left } = fn instanceof ClosureFunction ? splitPredicate(fn) : { pushed: null, left: fn !== undefined }
  if (fn !== undefined) refuseValues(args, fn instanceof ClosureFunction ? membersUsed(fn, fn.parameters[0]!) : null)
  const origin = { name: context.callName ?? args.functionName, location: context.location }
  const read = new ReadStream(
    context,
    { bucket: { name: args.string('bucket') }, bounds, predicate: and(measurementIs(args), pushed) },
    origin,
  )
  const holds = left && fn !== undefined ? rowPredicate(fn, context, fn.parameters[0]) : null
  for (const tags of context.source.series(read.plan())) {
    context.budget.charge(1, 64)
    if (holds === null || holds(rowOf(tags))(0) === true) yield tags
  }
}

/** The catalogue knows tags, no times and values. */
function refuseValues(args: Arguments, members: readonly string[] | null): void {
  if (members === null || members.some((member) => notTags.has(member)))
    throw new UnsupportedError(`${args.functionName}(predicate: …) on more than tags`)
}

const rowOf = (tags: Tags): Table =>
  new Table(
    GroupKey.empty,
    tags.map(([label, value]) => Column.constant(label, 'string', value, 1)),
    1,
  )

const listed = (values: readonly string[]): Table =>
  new Table(GroupKey.empty, [Column.from('_value', 'string', values)], values.length)

const sorted = (values: Iterable<string>): string[] => [...new Set(values)].sort(compareStrings)

/** The values of a tag, in order of their bytes: one table, also when there are none. */
function valuesOf(args: Arguments, context: CallContext, tag: string, bounds: Bounds): TableStream {
  if (notTags.has(tag)) throw new UnsupportedError(`${args.functionName} of ${tag}`)
  return makeStream(context, args.functionName, function* () {
    const values = new Set<string>()
    for (const tags of seriesOf(args, context, bounds)) {
      const value = tags.find(([name]) => name === tag)?.[1]
      if (value !== undefined) values.add(value)
    }
    yield listed(sorted(values))
  })
}

/** The labels of a read's group keys: the bounds, then tags in order of their bytes. */
function keysOf(args: Arguments, context: CallContext): TableStream {
  const bounds = boundsOf(args, context)
  return makeStream(context, args.functionName, function* () {
    const names = new Set<string>()
    for (const tags of seriesOf(args, context, bounds)) for (const [name] of tags) names.add(name)
    yield listed(['_start', '_stop', ...sorted(names)])
  })
}

const range = [{ name: 'start' }, { name: 'stop' }]
const bucket = { name: 'bucket', required: true }
const predicate = { name: 'predicate' }
const measurement = { name: 'measurement', required: true }
const tag = { name: 'tag', required: true }

const note = 'answers for the exact range, InfluxDB for the whole shards it touches'

const rows: readonly Omit<Builtin, 'package'>[] = [
  {
    name: 'tagValues',
    parameters: [bucket, tag, predicate, ...range],
    call: (args, context) => valuesOf(args, context, args.string('tag'), boundsOf(args, context)),
    note,
  },
  {
    name: 'measurementTagValues',
    parameters: [bucket, measurement, tag, ...range],
    call: (args, context) => valuesOf(args, context, args.string('tag'), boundsOf(args, context)),
    note,
  },
  {
    name: 'fieldKeys',
    parameters: [bucket, predicate, ...range],
    call: (args, context) => valuesOf(args, context, '_field', boundsOf(args, context)),
    note,
  },
  {
    name: 'measurementFieldKeys',
    parameters: [bucket, measurement, ...range],
    call: (args, context) => valuesOf(args, context, '_field', boundsOf(args, context)),
    note,
  },
  { name: 'tagKeys', parameters: [bucket, predicate, ...range], call: keysOf, note },
  { name: 'measurementTagKeys', parameters: [bucket, measurement, ...range], call: keysOf, note },
  {
    name: 'measurements',
    parameters: [bucket, ...range],
    call: (args, context) => valuesOf(args, context, '_measurement', always),
    note: 'ignores the range, as InfluxDB does',
  },
]

/** What a bucket holds: measurements, fields, tags and their values. */
export const schemaFunctions: readonly Builtin[] = ['influxdata/influxdb/schema', 'influxdata/influxdb/v1'].flatMap(
  (path) => rows.map((row) => define({ ...row, package: path })),
)

/** The number of series, all fields of a measurement and its tags counted as one. */
export const cardinality = define({
  package: 'influxdata/influxdb',
  name: 'cardinality',
  parameters: [bucket, { name: 'start', required: true }, { name: 'stop' }, predicate],
  note: 'bucketID, host, org, orgID and token are refused',
  call: (args, context) => {
    const bounds = boundsOf(args, context)
    return makeStream(context, 'cardinality', function* () {
      const keys = new Set<string>()
      for (const tags of seriesOf(args, context, bounds))
        keys.add(JSON.stringify(tags.filter(([name]) => name !== '_field')))
      yield new Table(GroupKey.empty, [Column.from('_value', 'int', [BigInt(keys.size)])], 1)
    })
  },
})
