import { type Arguments, kindOf } from '../../arguments.ts'
import { FluxError } from '../../errors.ts'
import { compareStrings } from '../../group-key.ts'
import { type Builtin, type CallContext, define } from '../../universe/define.ts'
import { FluxArray, Null, type Value } from '../../values.ts'
import { byteIndex, foldRune, lowerRune, runes, spaces, titleCase, titleRune, upperRune } from './runes.ts'
import { count, replace, split } from './split.ts'

/** A text argument. @throws FluxError for null, which no function of this package takes */
function text(args: Arguments, name: string): string {
  const value = args.value(name)
  if (typeof value === 'string') return value
  const type = value instanceof Null ? (value.type ?? 'invalid') : kindOf(value)
  throw new FluxError(
    'invalid',
    args.values.size === 1
      ? `cannot convert argument of type ${type} value ${value instanceof Null ? '<null>' : String(value)} to upper case`
      : `expected argument "${name}" to be of type string, got type ${type} value ${value instanceof Null ? '<null>' : String(value)}`,
  )
}

const stringsFunction = (
  name: string,
  parameters: readonly string[],
  call: (args: Arguments, context: CallContext) => Value,
): Builtin =>
  define({ package: 'strings', name, parameters: parameters.map((one) => ({ name: one, required: true })), call })

const ofOne = (name: string, fn: (v: string) => Value): Builtin =>
  stringsFunction(name, ['v'], (args) => fn(text(args, 'v')))
const ofTwo = (name: string, second: string, fn: (v: string, other: string) => Value): Builtin =>
  stringsFunction(name, ['v', second], (args) => fn(text(args, 'v'), text(args, second)))

const mapRunes =
  (fn: (rune: string) => string) =>
  (v: string): string => {
    let result = ''
    for (const rune of v) result += fn(rune)
    return result
  }

const array = (parts: readonly string[]): FluxArray => new FluxArray(parts)

/** A test of the one ASCII character that a text must be. */
const ofCharacter = (name: string, pattern: RegExp): Builtin =>
  ofOne(name, (v) => {
    if (Buffer.byteLength(v, 'utf8') !== 1)
      throw new FluxError('invalid', '"v" is not a valid argument: argument length is not equal to 1')
    return pattern.test(v)
  })

function trimmed(v: string, cutset: string, left: boolean, right: boolean): string {
  const cut = new Set(runes(cutset))
  const all = runes(v)
  let from = 0
  let to = all.length
  while (left && from < to && cut.has(all[from]!)) from++
  while (right && to > from && cut.has(all[to - 1]!)) to--
  return all.slice(from, to).join('')
}

const anyIndex = (v: string, chars: string, last: boolean): bigint => {
  const wanted = new Set(runes(chars))
  let found = -1
  let at = 0
  for (const rune of v) {
    if (wanted.has(rune)) {
      found = at
      if (!last) break
    }
    at += rune.length
  }
  return BigInt(byteIndex(v, found))
}

const spacesAround = new RegExp(`^[${spaces}]+|[${spaces}]+$`, 'g')
const foldText = mapRunes(foldRune)

/** Go's limit for positions and counts that a script may give. */
const whole = (args: Arguments, name: string): number => Number(args.int(name))

export const stringFunctions: readonly Builtin[] = [
  ofOne('toUpper', mapRunes(upperRune)),
  ofOne('toLower', mapRunes(lowerRune)),
  ofOne('toTitle', mapRunes(titleRune)),
  ofOne('title', titleCase),
  ofOne('trimSpace', (v) => v.replace(spacesAround, '')),
  ofOne('strlen', (v) => BigInt(runes(v).length)),
  ofCharacter('isLetter', /^[A-Za-z]$/),
  ofCharacter('isDigit', /^[0-9]$/),
  ofCharacter('isUpper', /^[A-Z]$/),
  ofCharacter('isLower', /^[a-z]$/),
  ofTwo('trim', 'cutset', (v, cutset) => trimmed(v, cutset, true, true)),
  ofTwo('trimLeft', 'cutset', (v, cutset) => trimmed(v, cutset, true, false)),
  ofTwo('trimRight', 'cutset', (v, cutset) => trimmed(v, cutset, false, true)),
  ofTwo('trimPrefix', 'prefix', (v, prefix) => (v.startsWith(prefix) ? v.slice(prefix.length) : v)),
  ofTwo('trimSuffix', 'suffix', (v, suffix) => (v.endsWith(suffix) ? v.slice(0, v.length - suffix.length) : v)),
  ofTwo('hasPrefix', 'prefix', (v, prefix) => v.startsWith(prefix)),
  ofTwo('hasSuffix', 'suffix', (v, suffix) => v.endsWith(suffix)),
  ofTwo('containsStr', 'substr', (v, substr) => v.includes(substr)),
  ofTwo('containsAny', 'chars', (v, chars) => anyIndex(v, chars, false) !== -1n),
  ofTwo('equalFold', 't', (v, t) => foldText(v) === foldText(t)),
  ofTwo('compare', 't', (v, t) => BigInt(Math.sign(compareStrings(v, t)))),
  ofTwo('countStr', 'substr', (v, substr) => BigInt(count(v, substr))),
  ofTwo('index', 'substr', (v, substr) => BigInt(byteIndex(v, v.indexOf(substr)))),
  ofTwo('lastIndex', 'substr', (v, substr) => BigInt(byteIndex(v, v.lastIndexOf(substr)))),
  ofTwo('indexAny', 'chars', (v, chars) => anyIndex(v, chars, false)),
  ofTwo('lastIndexAny', 'chars', (v, chars) => anyIndex(v, chars, true)),
  ofTwo('split', 't', (v, t) => array(split(v, t))),
  ofTwo('splitAfter', 't', (v, t) => array(split(v, t, -1, true))),
  stringsFunction('splitN', ['v', 't', 'i'], (args) =>
    array(split(text(args, 'v'), text(args, 't'), whole(args, 'i'))),
  ),
  stringsFunction('splitAfterN', ['v', 't', 'i'], (args) =>
    array(split(text(args, 'v'), text(args, 't'), whole(args, 'i'), true)),
  ),
  stringsFunction('replace', ['v', 't', 'u', 'i'], (args) =>
    replace(text(args, 'v'), text(args, 't'), text(args, 'u'), whole(args, 'i')),
  ),
  stringsFunction('replaceAll', ['v', 't', 'u'], (args) =>
    replace(text(args, 'v'), text(args, 't'), text(args, 'u'), -1),
  ),
  stringsFunction('repeat', ['v', 'i'], (args, context) => {
    const v = text(args, 'v')
    const times = whole(args, 'i')
    if (times < 0) throw new FluxError('invalid', `repeat: "i" must not be negative, got ${times}`)
    context.budget.charge(0, v.length * times)
    return v.repeat(times)
  }),
  stringsFunction('substring', ['v', 'start', 'end'], (args) => {
    const all = runes(text(args, 'v'))
    const start = Math.max(0, whole(args, 'start'))
    return all.slice(start, Math.max(start, whole(args, 'end'))).join('')
  }),
  stringsFunction('joinStr', ['arr', 'v'], (args) => args.strings('arr').join(text(args, 'v'))),
]
