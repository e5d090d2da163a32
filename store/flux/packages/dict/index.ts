import { type Arguments, kindOf } from '../../arguments.ts'
import { FluxError } from '../../errors.ts'
import { identityOf } from '../../interpret/identity.ts'
import { type Builtin, define } from '../../universe/define.ts'
import { Dict, FluxRecord, type Value } from '../../values.ts'

function dictOf(args: Arguments): Dict {
  const value = args.value('dict')
  if (value instanceof Dict) return value
  throw new FluxError('invalid', `keyword argument "dict" should be of kind dictionary, but got ${kindOf(value)}`)
}

const named = (...names: readonly string[]): Builtin['parameters'] => names.map((name) => ({ name, required: true }))

/** Dicts are values: insert and remove give a new one. */
export const dictFunctions: readonly Builtin[] = [
  define({
    package: 'dict',
    name: 'fromList',
    parameters: named('pairs'),
    call: (args) => {
      const entries = new Map<string, readonly [Value, Value]>()
      for (const pair of args.array('pairs').elements) {
        const key = pair instanceof FluxRecord ? pair.get('key') : undefined
        const value = pair instanceof FluxRecord ? pair.get('value') : undefined
        if (key === undefined || value === undefined)
          throw new FluxError('invalid', 'pairs must be records with the members key and value')
        entries.set(identityOf(key), [key, value])
      }
      return new Dict(entries)
    },
  }),
  define({
    package: 'dict',
    name: 'get',
    parameters: named('dict', 'key', 'default'),
    call: (args) => dictOf(args).entries.get(identityOf(args.value('key')))?.[1] ?? args.value('default'),
  }),
  define({
    package: 'dict',
    name: 'insert',
    parameters: named('dict', 'key', 'value'),
    call: (args) => {
      const key = args.value('key')
      return new Dict(new Map(dictOf(args).entries).set(identityOf(key), [key, args.value('value')]))
    },
  }),
  define({
    package: 'dict',
    name: 'remove',
    parameters: named('dict', 'key'),
    call: (args) => {
      const entries = new Map(dictOf(args).entries)
      entries.delete(identityOf(args.value('key')))
      return new Dict(entries)
    },
  }),
]
