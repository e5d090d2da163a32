import { Duration } from '../../../../lib/time/duration.ts'
import type { Arguments } from '../../arguments.ts'
import { UnsupportedError } from '../../errors.ts'
import { type Builtin, type CallContext, define } from '../../universe/define.ts'
import { Time } from '../../values.ts'
import { plus, WindowGrid } from '../../window/bounds.ts'
import { clockOf, instantAt, instantOf, localNs } from './wall-time.ts'

/** The first instant of the unit that holds a time, on the clock of a place; weeks begin on Thursday, as windows do. */
const truncate = define({
  package: 'date',
  name: 'truncate',
  parameters: [{ name: 't', required: true }, { name: 'unit', required: true }, { name: 'location' }],
  call: (args, context) => {
    const unit = args.duration('unit')
    const grid = new WindowGrid(unit, unit, Duration.zero, clockOf(args, context))
    return new Time(grid.at(grid.last(instantOf(args, 't', context))).startNs)
  },
})

/**
 * A time moved by a duration. Whether a move over a change of the clock keeps the hour on the wall or the hours that pass is
 * not settled by anything recorded, so where the two differ the call is refused.
 */
function moved(args: Arguments, context: CallContext, name: string, by: Duration): Time {
  const clock = clockOf(args, context)
  const from = instantOf(args, name, context)
  const onTheWall = instantAt(plus(localNs(from, clock), by), clock)
  const passing = localNs(plus(instantAt(from, clock), by), clock)
  if (onTheWall !== passing) throw new UnsupportedError('adding a duration over a change of the clock in a time zone')
  return new Time(onTheWall)
}

const add = define({
  package: 'date',
  name: 'add',
  parameters: [{ name: 'd', required: true }, { name: 'to', required: true }, { name: 'location' }],
  call: (args, context) => moved(args, context, 'to', args.duration('d')),
})

const sub = define({
  package: 'date',
  name: 'sub',
  parameters: [{ name: 'd', required: true }, { name: 'from', required: true }, { name: 'location' }],
  call: (args, context) => moved(args, context, 'from', args.duration('d').negate()),
})

const time = define({
  package: 'date',
  name: 'time',
  parameters: [{ name: 't', required: true }, { name: 'location' }],
  call: (args, context) => new Time(instantOf(args, 't', context)),
})

const scale = define({
  package: 'date',
  name: 'scale',
  parameters: [
    { name: 'd', required: true },
    { name: 'n', required: true },
  ],
  call: (args) => {
    const { months, ns } = args.duration('d')
    const n = args.int('n')
    return new Duration(months * n, ns * n)
  },
})

export const dateArithmetic: readonly Builtin[] = [
  truncate,
  add,
  sub,
  time,
  scale,
  { ...add, package: 'experimental', name: 'addDuration' },
  { ...sub, package: 'experimental', name: 'subDuration' },
]
