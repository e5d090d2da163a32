import { Duration } from '../../../../lib/time/duration.ts'
import type { Builtin, Constant } from '../../universe/define.ts'
import { FluxRecord } from '../../values.ts'
import { wallClockOf } from '../../window/bounds.ts'

const place = (zone: string, offset: Duration): FluxRecord => {
  const record = new FluxRecord(
    new Map<string, string | Duration>([
      ['zone', zone],
      ['offset', offset],
    ]),
  )
  wallClockOf(record) // refuses a zone nobody knows
  return record
}

/** Records that say which clock on a wall is meant. */
export const timezones: readonly (Builtin | Constant)[] = [
  { package: 'timezone', name: 'utc', value: place('UTC', Duration.zero) },
  {
    package: 'timezone',
    name: 'fixed',
    parameters: [{ name: 'offset', required: true }],
    call: (args) => place('UTC', args.duration('offset')),
  },
  {
    package: 'timezone',
    name: 'location',
    parameters: [{ name: 'name', required: true }],
    call: (args) => place(args.string('name'), Duration.zero),
  },
]
