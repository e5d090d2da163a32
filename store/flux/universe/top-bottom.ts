import { type Builtin, define } from './define.ts'
import { limited } from './limit.ts'
import { sorted } from './sort.ts'

/** The first rows of every table in the order of some columns: a sort and a limit. Gaps come first. */
export const topBottom: readonly Builtin[] = (['top', 'bottom'] as const).map((name) =>
  define({
    package: '',
    name,
    parameters: [{ name: 'tables', pipe: true }, { name: 'n', required: true }, { name: 'columns' }],
    call: (args, context) => {
      const columns = args.optional('columns', args.strings) ?? ['_value']
      return limited(sorted(args.stream(), columns, name === 'top', context), args.int('n'), 0n, context)
    },
  }),
)
