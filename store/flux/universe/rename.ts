import { kindOf } from '../arguments.ts'
import { FluxError } from '../errors.ts'
import { labelFunction } from './column-function.ts'
import { define } from './define.ts'
import { relabelled, schemaChanged } from './schema-change.ts'

export default define({
  package: '',
  name: 'rename',
  parameters: [{ name: 'tables', pipe: true }, { name: 'columns' }, { name: 'fn' }],
  call: (args, context) => {
    const input = args.stream()
    if (args.has('columns') === args.has('fn'))
      throw new FluxError(
        'invalid',
        args.has('fn')
          ? 'rename error: both column list and map function provided'
          : 'rename error: neither column list nor map function provided',
      )
    if (args.has('fn')) {
      const label = labelFunction(args.function('fn'), context)
      return schemaChanged(input, 'rename', (table) => relabelled(table, label), context)
    }
    const names = new Map<string, string>()
    for (const [label, name] of args.record('columns').members) {
      if (typeof name !== 'string')
        throw new FluxError('invalid', `rename error: columns object contains non-string value of type ${kindOf(name)}`)
      names.set(label, name)
    }
    return schemaChanged(
      input,
      'rename',
      (table) => {
        for (const label of names.keys())
          if (table.column(label) === undefined)
            throw new FluxError('invalid', `rename error: column "${label}" doesn't exist`)
        return relabelled(table, (label) => names.get(label) ?? label)
      },
      context,
    )
  },
})
