import { Arguments } from '../arguments.ts'
import { FluxError, UnsupportedError } from '../errors.ts'
import { TableStream } from '../stream.ts'
import type { FunctionExpression } from '../syntax/tree.ts'
import type { Builtin, CallContext } from '../universe/define.ts'
import { FluxFunction, type Value } from '../values.ts'
import type { Compiled, Frame } from './compile.ts'
import { noteInputs } from './results.ts'

/** A row of the table of functions as a value. */
export class BuiltinFunction extends FluxFunction {
  readonly name: string
  readonly parameters: readonly string[]
  readonly pipe: string | null

  constructor(readonly builtin: Builtin) {
    super()
    this.name = builtin.name
    this.parameters = builtin.parameters.map(({ name }) => name)
    this.pipe = builtin.parameters.find(({ pipe }) => pipe === true)?.name ?? null
  }

  call(args: ReadonlyMap<string, Value>, context: CallContext): Value {
    for (const name of args.keys())
      if (!this.parameters.includes(name)) {
        const qualified = this.builtin.package === '' ? this.name : `${this.builtin.package}.${this.name}`
        throw new UnsupportedError(`${qualified}(${name}: …)`)
      }
    const result = this.builtin.call(new Arguments(this.name, args), context)
    if (result instanceof TableStream) noteInputs(result, args.values())
    return result
  }
}

/** A function written in Flux, with the scope it was written in. */
export class ClosureFunction extends FluxFunction {
  readonly name = ''
  readonly parameters: readonly string[]
  readonly pipe: string | null

  constructor(
    readonly expression: FunctionExpression,
    readonly frame: Frame,
    readonly body: Compiled,
    /** Values of parameters that were left out, by position; null = required. */
    readonly defaults: readonly (Compiled | null)[],
    readonly slots: number,
    /** The body with the null logic of a vectorised `map`; null when it cannot be vectorised. */
    readonly vectorised: Compiled | null,
  ) {
    super()
    this.parameters = expression.parameters.map(({ name }) => name)
    this.pipe = expression.pipe
  }

  call(args: ReadonlyMap<string, Value>): Value {
    return this.body(this.enter(args))
  }

  /** A frame with the parameters filled in. */
  enter(args: ReadonlyMap<string, Value>): Frame {
    const frame: Frame = { values: new Array<Value>(this.slots), parent: this.frame }
    for (let i = 0; i < this.parameters.length; i++) {
      const name = this.parameters[i]!
      const given = args.get(name)
      if (given !== undefined) frame.values[i] = given
      else {
        const fallback = this.defaults[i]
        if (fallback === null || fallback === undefined)
          throw new FluxError('invalid', `missing required keyword argument "${name}"`)
        frame.values[i] = fallback(this.frame)
      }
    }
    return frame
  }
}
