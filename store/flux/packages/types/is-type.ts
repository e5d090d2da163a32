import { kindOf } from '../../arguments.ts'
import { type Builtin, define } from '../../universe/define.ts'

const numbers = new Set(['int', 'uint', 'float'])

/** Types of values; a null has that of its column. */
export const typeTests: readonly Builtin[] = [
  define({
    package: 'types',
    name: 'isType',
    parameters: [
      { name: 'v', required: true },
      { name: 'type', required: true },
    ],
    call: (args) => kindOf(args.value('v')) === args.string('type'),
  }),
  define({
    package: 'types',
    name: 'isNumeric',
    parameters: [{ name: 'v', required: true }],
    call: (args) => numbers.has(kindOf(args.value('v'))),
  }),
]
