import { Duration } from '../../../../lib/time/duration.ts'
import { formatInstant } from '../../../../lib/time/instant.ts'
import { kindOf } from '../../arguments.ts'
import { FluxError, UnsupportedError } from '../../errors.ts'
import { compareStrings } from '../../group-key.ts'
import { define } from '../../universe/define.ts'
import { Bytes, FluxArray, FluxRecord, Null, Time, UInt, type Value } from '../../values.ts'

/** JSON as Go writes it: members in order of their names, `<`, `>` and `&` escaped. */
export default define({
  package: 'json',
  name: 'encode',
  parameters: [{ name: 'v', required: true }],
  note: 'regular expressions, dicts and bytes are refused',
  call: (args) => new Bytes(new TextEncoder().encode(jsonOf(args.value('v')))),
})

function jsonOf(value: Value): string {
  switch (typeof value) {
    case 'string':
      return textOf(value)
    case 'boolean':
    case 'bigint':
      return String(value)
    case 'number':
      if (!Number.isFinite(value)) throw new FluxError('invalid', `json: unsupported value: ${value}`)
      return Object.is(value, -0) ? '-0' : String(value)
  }
  if (value instanceof Null) return 'null'
  if (value instanceof UInt) return String(value.value)
  if (value instanceof Time) return `"${formatInstant(value.ns)}"`
  if (value instanceof Duration) return `"${value.toString()}"`
  if (value instanceof FluxArray) return `[${value.elements.map(jsonOf).join(',')}]`
  if (value instanceof FluxRecord) {
    const members = [...value.members].sort(([a], [b]) => compareStrings(a, b))
    return `{${members.map(([name, member]) => `${textOf(name)}:${jsonOf(member)}`).join(',')}}`
  }
  throw new UnsupportedError(`json.encode of ${kindOf(value)}`)
}

const short: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '"': '\\"', '\\': '\\\\' }

const textOf = (text: string): string =>
  `"${text.replace(
    /[\u0000-\u001f"\\<>&\u2028\u2029]/g,
    (character) => short[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )}"`
