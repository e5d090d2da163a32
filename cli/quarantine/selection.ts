import { UsageError } from '../../lib/errors.ts'
import type { Call } from '../command.ts'
import { timeOption } from '../time-option.ts'

/** Flags that choose points, as the API names them. */
export const selectionOf = (options: Call['options']): Readonly<Record<string, string | undefined>> => ({
  machine: options['machine'] as string | undefined,
  sensor: options['sensor'] as string | undefined,
  measurement: options['measurement'] as string | undefined,
  from: timeOption(options, 'from'),
  to: timeOption(options, 'to'),
})

/** What the flags choose, for what cannot be taken back. @throws UsageError where nobody said which, or both which and all */
export function chosen(options: Call['options']): ReturnType<typeof selectionOf> | 'all' {
  const selection = selectionOf(options)
  const isNarrow = Object.values(selection).some((value) => value !== undefined)
  if (isNarrow === (options['all'] === true))
    throw new UsageError('say which: --machine, --sensor, --measurement, --from and --to, or --all')
  return isNarrow ? selection : 'all'
}
