import { FluxError, UnsupportedError } from '../../errors.ts'
import { define } from '../../universe/define.ts'
import { FluxRecord, Null, UInt, type Value } from '../../values.ts'

const codes: Partial<Record<FluxError['code'], bigint>> = { invalid: 3n, 'not found': 5n }

/** Calls a function and gives its value, or code and text of its error. What this store does not support is no such error. */
export default define({
  package: 'experimental',
  name: 'catch',
  parameters: [{ name: 'fn', required: true }],
  call: (args, context) => {
    const outcome = (value: Value, code: bigint, msg: string): FluxRecord =>
      new FluxRecord(
        new Map<string, Value>([
          ['value', value],
          ['code', new UInt(code)],
          ['msg', msg],
        ]),
      )
    try {
      return outcome(args.function('fn').call(new Map(), context), 0n, '')
    } catch (error) {
      const code = error instanceof FluxError && !(error instanceof UnsupportedError) ? codes[error.code] : undefined
      if (code === undefined) throw error
      return outcome(Null.unknown, code, (error as FluxError).message)
    }
  },
})
