import { FluxError, formatLocation, UnsupportedOperands } from '../errors.ts'
import { ClosureFunction } from '../interpret/functions.ts'
import { splitPredicate } from '../plan/predicate.ts'
import { ReadStream } from '../read-stream.ts'
import { rowPredicate } from '../row-function.ts'
import { makeStream, type TableStream } from '../stream.ts'
import type { FluxFunction } from '../values.ts'
import { type CallContext, define } from './define.ts'

export default define({
  package: '',
  name: 'filter',
  parameters: [{ name: 'tables', pipe: true }, { name: 'fn', required: true }, { name: 'onEmpty' }],
  call: (args, context) => {
    const onEmpty = args.optional('onEmpty', args.string) ?? 'drop'
    if (onEmpty !== 'drop' && onEmpty !== 'keep')
      throw new FluxError('invalid', `invalid value for onEmpty: must be one of "drop" or "keep"`)
    const fn = args.function('fn')
    const input = args.stream()
    if (input instanceof ReadStream && onEmpty === 'drop' && fn instanceof ClosureFunction) {
      const { pushed, left } = splitPredicate(fn)
      const read = pushed === null ? input : input.filtered(pushed)
      return left ? filtered(read, fn, false, context) : read
    }
    return filtered(input, fn, onEmpty === 'keep', context)
  },
})

/** Keeps the rows for which the condition is true; null is not. */
function filtered(input: TableStream, fn: FluxFunction, keepEmpty: boolean, context: CallContext): TableStream {
  return makeStream(context, 'filter', function* () {
    const predicate = rowPredicate(fn, context)
    for (const table of input.tables()) {
      const holds = explained(fn, () => predicate(table))
      const indices = new Int32Array(table.length)
      let count = 0
      explained(fn, () => {
        for (let i = 0; i < table.length; i++) if (holds(i) === true) indices[count++] = i
      })
      if (count === table.length && count > 0) yield table
      else if (count > 0 || keepEmpty) yield table.take(indices.subarray(0, count))
    }
  })
}

function explained<T>(fn: FluxFunction, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (
      !(error instanceof FluxError) ||
      error.positioned ||
      error.code === 'canceled' ||
      error.code === 'resource exhausted'
    )
      throw error
    throw new FluxError(error.code, reason(error, fn), { cause: error, positioned: isMatch(error) })
  }
}

const isMatch = (error: FluxError): error is UnsupportedOperands =>
  error instanceof UnsupportedOperands && (error.operator === '=~' || error.operator === '!~')

/** InfluxDB finds operands of wrong types when it compiles the function for a table, and says so. */
function reason(error: FluxError, fn: FluxFunction): string {
  if (isMatch(error)) return `runtime error: type conflict: string != ${error.leftType}`
  if (error instanceof UnsupportedOperands && fn instanceof ClosureFunction)
    return `cannot compile ${formatLocation(fn.expression.location).replace('@', '@ ')}: ${error.message}`
  return `failed to evaluate filter function: ${error.message}`
}
