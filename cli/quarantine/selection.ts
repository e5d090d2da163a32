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
