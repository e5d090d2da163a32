import { Duration } from '../../../lib/time/duration.ts'
import { Column } from '../column.ts'
import { FluxError } from '../errors.ts'
import { makeStream, TableStream } from '../stream.ts'
import { Table } from '../table.ts'
import type { FluxFunction, Value } from '../values.ts'
import { ofSlice } from './aggregate-slices.ts'
import { bySlices, NotBySlices } from './aggregate-window-slices.ts'
import { infinity } from './constants.ts'
import { type CallContext, define } from './define.ts'
import { duplicated } from './duplicate.ts'
import { usualColumns, type WindowSpec, windowed, windowSpec } from './window.ts'

export default define({
  package: '',
  name: 'aggregateWindow',
  parameters: [
    { name: 'tables', pipe: true },
    { name: 'every', required: true },
    { name: 'period' },
    { name: 'fn', required: true },
    { name: 'offset' },
    { name: 'location' },
    { name: 'column' },
    { name: 'timeSrc' },
    { name: 'timeDst' },
    { name: 'createEmpty' },
  ],
  call: (args, context) => {
    const input = args.stream()
    const asked: AggregateWindow = {
      window: windowSpec(args, args.optional('createEmpty', args.bool) ?? true, context),
      fn: args.function('fn'),
      column: args.optional('column', args.string) ?? '_value',
      timeSrc: args.optional('timeSrc', args.string) ?? '_stop',
      timeDst: args.optional('timeDst', args.string) ?? '_time',
    }
    const work = ofSlice(asked.fn)
    const general = composed(input, asked, context)
    if (work === null) return general
    const stream: TableStream = makeStream(context, 'aggregateWindow', function* () {
      try {
        yield* bySlices(input, stream, asked, work, context)
      } catch (error) {
        if (!(error instanceof NotBySlices)) throw error
        yield* general.tables()
      }
    })
    return stream
  },
})

export interface AggregateWindow {
  readonly window: WindowSpec
  readonly fn: FluxFunction
  readonly column: string
  readonly timeSrc: string
  readonly timeDst: string
}

/** Windows, a function of each, one of their bounds as time, and all together in the range again. */
export function composed(
  input: TableStream,
  { window, fn, column, timeSrc, timeDst }: AggregateWindow,
  context: CallContext,
): TableStream {
  const windows = windowed(input, window, usualColumns, context)
  const aggregates = fn.call(
    new Map<string, Value>([
      ['tables', windows],
      ['column', column],
    ]),
    context,
  )
  if (!(aggregates instanceof TableStream))
    throw new FluxError('invalid', 'the function of aggregateWindow must return a stream of tables')
  aggregates.inheritBounds([windows])
  const kept = window.createEmpty ? withRows(aggregates, context) : aggregates
  const timed = duplicated(kept, timeSrc, timeDst, context)
  timed.inheritBounds([aggregates])
  return windowed(timed, wholeRange, { ...usualColumns, time: timeDst }, context)
}

const wholeRange: WindowSpec = {
  every: infinity,
  period: infinity,
  offset: Duration.zero,
  clock: { zone: null, offset: Duration.zero },
  createEmpty: false,
}

/** A table without rows gets one: the key's values, and gaps. */
function withRows(input: TableStream, context: CallContext): TableStream {
  const result = makeStream(context, 'fill', function* () {
    for (const table of input.tables())
      yield table.length > 0
        ? table
        : new Table(
            table.key,
            table.columns.map(({ label, type }) =>
              Column.constant(label, type, table.key.column(label)?.value ?? null, 1),
            ),
            1,
          )
  })
  result.inheritBounds([input])
  return result
}
