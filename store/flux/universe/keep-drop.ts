import type { Arguments } from '../arguments.ts'
import { FluxError } from '../errors.ts'
import { labelPredicate } from './column-function.ts'
import { type CallContext, define } from './define.ts'
import { relabelled, schemaChanged } from './schema-change.ts'

const parameters = [{ name: 'tables', pipe: true }, { name: 'columns' }, { name: 'fn' }]

/** Which labels are named, by list or by function. @throws FluxError unless exactly one of the two is given */
function named(name: string, args: Arguments, context: CallContext): (label: string) => boolean {
  if (args.has('columns') === args.has('fn'))
    throw new FluxError(
      'invalid',
      args.has('fn')
        ? `${name} error: both column list and predicate provided`
        : `${name} error: neither column list nor predicate function provided`,
    )
  if (args.has('fn')) return labelPredicate(args.function('fn'), context)
  const labels = new Set(args.strings('columns'))
  return (label) => labels.has(label)
}

export const keep = define({
  package: '',
  name: 'keep',
  parameters,
  call: (args, context) => {
    const kept = named('keep', args, context)
    const change = (label: string): string | undefined => (kept(label) ? label : undefined)
    return schemaChanged(args.stream(), 'keep', (table) => relabelled(table, change), context)
  },
})

export const drop = define({
  package: '',
  name: 'drop',
  parameters,
  call: (args, context) => {
    const dropped = named('drop', args, context)
    const change = (label: string): string | undefined => (dropped(label) ? undefined : label)
    return schemaChanged(args.stream(), 'drop', (table) => relabelled(table, change), context)
  },
})
