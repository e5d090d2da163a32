import { kindOf } from '../arguments.ts'
import { UnsupportedError } from '../errors.ts'
import { TableStream } from '../stream.ts'
import { textOf } from '../text.ts'
import { Bytes, Dict, FluxArray, FluxFunction, FluxRecord, Null, TableValue, type Value } from '../values.ts'
import { define } from './define.ts'

export default define({
  package: '',
  name: 'display',
  parameters: [{ name: 'v', required: true }],
  call: (args) => displayed(args.value('v'), 0),
})

const inlineMax = 3

/** A value for people to read. Arrays, records and dicts of more than three elements have a line for each. */
function displayed(value: Value, depth: number): string {
  if (value instanceof Null) return '<null>'
  if (value instanceof Bytes) return `0x${Buffer.from(value.bytes).toString('hex')}`
  const inner = (one: Value): string => displayed(one, depth + 1)
  if (value instanceof FluxArray) return listed('[', value.elements.map(inner), ']', depth)
  if (value instanceof FluxRecord)
    return listed(
      '{',
      [...value.members].map(([name, member]) => `${name}: ${inner(member)}`),
      '}',
      depth,
    )
  if (value instanceof Dict) {
    if (value.entries.size === 0) return '[:]'
    return listed(
      '[',
      [...value.entries.values()].map(([key, member]) => `${inner(key)}: ${inner(member)}`),
      ']',
      depth,
    )
  }
  if (value instanceof FluxFunction || value instanceof TableStream || value instanceof TableValue)
    throw new UnsupportedError(`display of a ${kindOf(value)}`)
  return textOf(value)
}

function listed(open: string, parts: readonly string[], close: string, depth: number): string {
  if (parts.length <= inlineMax) return open + parts.join(', ') + close
  const indent = '    '.repeat(depth + 1)
  return `${open}\n${indent}${parts.join(`,\n${indent}`)}\n${'    '.repeat(depth)}${close}`
}
