import { FluxError } from '../../errors.ts'
import { Regex } from '../../regex.ts'
import { type Builtin, define } from '../../universe/define.ts'
import { FluxArray, type Value } from '../../values.ts'
import { byteIndex } from '../strings/runes.ts'
import { matches, replaceAll, splitBy } from './matches.ts'

const regexp = (name: string, parameters: readonly string[], call: Builtin['call']): Builtin =>
  define({ package: 'regexp', name, parameters: parameters.map((one) => ({ name: one, required: true })), call })

function compiled(source: string): Value {
  try {
    return new Regex(source)
  } catch (error) {
    throw new FluxError('invalid', error instanceof Error ? error.message : String(error), { cause: error })
  }
}

export const regexpFunctions: readonly Builtin[] = [
  regexp('compile', ['v'], (args) => compiled(args.string('v'))),
  regexp('getString', ['r'], (args) => args.regex('r').source),
  regexp('quoteMeta', ['v'], (args) => args.string('v').replace(/[\\.+*?()|[\]{}^$]/g, '\\$&')),
  regexp('matchRegexpString', ['r', 'v'], (args) => args.regex('r').test(args.string('v'))),
  regexp('findString', ['r', 'v'], (args) => {
    const v = args.string('v')
    const [first] = matches(args.regex('r'), v, 1)
    return first === undefined ? '' : v.slice(first.start, first.end)
  }),
  regexp('findStringIndex', ['r', 'v'], (args) => {
    const v = args.string('v')
    const [first] = matches(args.regex('r'), v, 1)
    return new FluxArray(
      first === undefined ? [] : [BigInt(byteIndex(v, first.start)), BigInt(byteIndex(v, first.end))],
    )
  }),
  regexp('replaceAllString', ['r', 'v', 't'], (args) =>
    replaceAll(args.regex('r'), args.string('v'), args.string('t')),
  ),
  regexp(
    'splitRegexp',
    ['r', 'v', 'i'],
    (args) => new FluxArray(splitBy(args.regex('r'), args.string('v'), Number(args.int('i')))),
  ),
]
