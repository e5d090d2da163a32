import type { ColumnType } from '../../column.ts'
import { FluxError } from '../../errors.ts'
import { define } from '../../universe/define.ts'
import { Null } from '../../values.ts'

const types: ReadonlySet<string> = new Set<ColumnType>(['bool', 'int', 'uint', 'float', 'string', 'time'])

/** A null of a type. */
export default define({
  package: 'internal/debug',
  name: 'null',
  parameters: [{ name: 'type' }],
  call: (args) => {
    const type = args.optional('type', args.string)
    if (type === undefined) return Null.unknown
    if (!types.has(type)) throw new FluxError('invalid', `debug.null of unknown type "${type}"`)
    return Null.of(type as ColumnType)
  },
})
