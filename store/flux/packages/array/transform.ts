import type { Arguments } from '../../arguments.ts'
import { FluxError } from '../../errors.ts'
import { toBool, toDuration, toFloat, toInt, toText, toTime, toUInt } from '../../universe/convert.ts'
import { type Builtin, type CallContext, define } from '../../universe/define.ts'
import { FluxArray, type Value } from '../../values.ts'

const arr = { name: 'arr', pipe: true, required: true }

/** The function applied to every element, under the name `x`. */
function applied(args: Arguments, context: CallContext): Value[] {
  const fn = args.function('fn')
  return args.array('arr').elements.map((x) => fn.call(new Map([['x', x]]), context))
}

const arrayFunctions = (path: string): readonly Builtin[] => [
  define({
    package: path,
    name: 'concat',
    parameters: [arr, { name: 'v', required: true }],
    call: (args) => new FluxArray([...args.array('arr').elements, ...args.array('v').elements]),
  }),
  define({
    package: path,
    name: 'map',
    parameters: [arr, { name: 'fn', required: true }],
    call: (args, context) => new FluxArray(applied(args, context)),
  }),
  define({
    package: path,
    name: 'filter',
    parameters: [arr, { name: 'fn', required: true }],
    call: (args, context) => {
      const keeps = applied(args, context)
      for (const keep of keeps)
        if (typeof keep !== 'boolean') throw new FluxError('invalid', 'the function of filter must answer with a bool')
      return new FluxArray(args.array('arr').elements.filter((_, i) => keeps[i] === true))
    },
  }),
]

const conversion = (name: string, convert: (value: Value) => Value): readonly Builtin[] =>
  ['array', 'experimental/array'].map((path) =>
    define({
      package: path,
      name,
      parameters: [arr],
      call: (args) => new FluxArray(args.array('arr').elements.map(convert)),
    }),
  )

/** Functions of arrays of values. */
export const arrayTransforms: readonly Builtin[] = [
  ...arrayFunctions('array'),
  ...arrayFunctions('experimental/array'),
  ...conversion('toBool', toBool),
  ...conversion('toDuration', toDuration),
  ...conversion('toFloat', toFloat),
  ...conversion('toInt', toInt),
  ...conversion('toString', toText),
  ...conversion('toTime', toTime),
  ...conversion('toUInt', toUInt),
]
