import { Arguments } from '../arguments.ts'
import { UnsupportedError } from '../errors.ts'
import { TableStream } from '../stream.ts'
import type { CallContext } from '../universe/define.ts'
import { universe } from '../universe/index.ts'
import type { Value } from '../values.ts'

/** A function of the universe on a stream, for functions that are put together of others. */
export function callUniverse(
  name: string,
  tables: TableStream,
  args: Readonly<Record<string, Value>>,
  context: CallContext,
): TableStream {
  const row = universe.find((one) => one.name === name)
  if (row === undefined) throw new UnsupportedError(name)
  const result = row.call(
    new Arguments(name, new Map<string, Value>([['tables', tables], ...Object.entries(args)])),
    context,
  )
  if (!(result instanceof TableStream)) throw new UnsupportedError(`${name} as a part of another function`)
  result.inheritBounds([tables])
  return result
}
