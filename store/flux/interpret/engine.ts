import type { Budget } from '../budget.ts'
import { CallFailed, FluxError, formatLocation, type Location, UnsupportedError } from '../errors.ts'
import type { Source } from '../source.ts'
import type { TableStream } from '../stream.ts'
import type { CallContext } from '../universe/define.ts'
import { FluxFunction, Null, Time, type Value } from '../values.ts'
import type { Candidate } from './results.ts'

interface CallFrame {
  readonly name: string
  readonly location: Location
}

/**
 * One run of one script: its options, the calls under way (for positions in error texts), and what built-in functions see
 * of the world. Everything happens in one thread, one step after the other.
 */
export class Engine implements CallContext {
  readonly #calls: CallFrame[] = []
  readonly options = new Map<string, Value>()
  readonly candidates: Candidate[] = []

  constructor(
    readonly source: Source,
    readonly budget: Budget,
    readonly requestNs: bigint,
    readonly pushdown: boolean,
  ) {}

  /** Where the user's own call stands, also while functions of functions run. */
  get location(): Location | null {
    return this.#calls[0]?.location ?? null
  }
  get callName(): string | null {
    return this.#calls[0]?.name ?? null
  }

  readonly nowNs = (): bigint => {
    const option = this.options.get('now')
    if (option instanceof FluxFunction && option !== defaultNow) {
      const value = option.call(new Map(), this)
      if (value instanceof Time) return value.ns
    }
    return this.requestNs
  }

  option(name: string, packagePath?: string): Value | undefined {
    return this.options.get(packagePath === undefined ? name : `${packagePath}.${name}`)
  }

  /** Runs a call; what goes wrong in it gets its name and position in front. */
  call(target: Value, name: string, args: ReadonlyMap<string, Value>, location: Location): Value {
    if (!(target instanceof FluxFunction)) {
      if (target instanceof Null) throw new FluxError('invalid', `cannot call ${name}: it is null`)
      throw new FluxError('invalid', `cannot call ${name}: it is no function`)
    }
    this.#calls.push({ name, location })
    try {
      return target.call(args, this)
    } catch (error) {
      if (error instanceof RangeError && /call stack/.test(error.message))
        throw new FluxError('resource exhausted', `calls are nested too deeply at ${formatLocation(location)}`, {
          positioned: true,
        })
      if (!(error instanceof FluxError) || isFinal(error)) throw error
      throw new CallFailed(error, name, location)
    } finally {
      this.#calls.pop()
    }
  }

  readonly addResult = (name: string, stream: TableStream, kind: Candidate['kind'] = 'yield'): void => {
    this.candidates.push({ kind, name, stream })
  }
}

/** Errors that carry all they need: nothing is put in front of them. */
const isFinal = (error: FluxError): boolean =>
  error.positioned || error.code === 'canceled' || error.code === 'resource exhausted'

/** `now` as it is before a script sets the option. */
class DefaultNow extends FluxFunction {
  readonly name = 'now'
  readonly parameters = []
  readonly pipe = null
  call(_args: ReadonlyMap<string, Value>, context: CallContext): Value {
    return new Time(context.nowNs())
  }
}
export const defaultNow: FluxFunction = new DefaultNow()

/** A function that InfluxDB has and the embedded store has not: it can be named, passed around and type-checked, but not called. */
export class MissingFunction extends FluxFunction {
  readonly parameters = []
  readonly pipe = null
  constructor(
    readonly name: string,
    readonly qualifiedName: string,
  ) {
    super()
  }
  call(): Value {
    throw new UnsupportedError(this.qualifiedName)
  }
}
