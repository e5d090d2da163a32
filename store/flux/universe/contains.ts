import { kindOf } from '../arguments.ts'
import { FluxError } from '../errors.ts'
import { equal } from '../interpret/operators.ts'
import { Null } from '../values.ts'
import { define } from './define.ts'

/** Whether a value is one of a list; null never is. */
export const contains = define({
  package: '',
  name: 'contains',
  parameters: [
    { name: 'value', required: true },
    { name: 'set', required: true },
  ],
  call: (args) => {
    const value = args.value('value')
    const set = args.array('set')
    if (value instanceof Null) return false
    return set.elements.some((element) => {
      if (kindOf(element) !== kindOf(value))
        throw new FluxError(
          'invalid',
          `type mismatch: cannot search ${kindOf(value)} in an array of ${kindOf(element)}`,
        )
      return equal(element, value) === true
    })
  },
})

/** The number of elements of an array. */
export const length = define({
  package: '',
  name: 'length',
  parameters: [{ name: 'arr', required: true }],
  call: (args) => BigInt(args.array('arr').elements.length),
})
