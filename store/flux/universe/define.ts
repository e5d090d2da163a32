import type { Arguments } from '../arguments.ts'
import type { Budget } from '../budget.ts'
import type { Location } from '../errors.ts'
import type { Source } from '../source.ts'
import type { Value } from '../values.ts'

/** What a call sees beside its arguments. */
export interface CallContext {
  /** Position of the call as the user wrote it; null inside our own compositions. */
  readonly location: Location | null
  /** The name of that call. */
  readonly callName: string | null
  readonly source: Source
  readonly budget: Budget
  /** `now()` of this request, the `now` option included. */
  readonly nowNs: () => bigint
  /** The value of an option: `location`, `now`, `task`, … */
  readonly option: (name: string, packagePath?: string) => Value | undefined
  /**
   * Makes the stream a result of the script. An `effect` is an operator that writes: its stream is a result only if nobody else
   * reads it, under a name made of the operator's.
   */
  readonly addResult: (name: string, stream: import('../stream.ts').TableStream, kind?: 'yield' | 'effect') => void
  /** Off in tests that compare pushed with unpushed results. */
  readonly pushdown: boolean
}

export interface Parameter {
  readonly name: string
  readonly required?: boolean
  readonly pipe?: boolean
}

/**
 * A row of the table of functions. Parameters that a real InfluxDB knows and we do not are simply absent from `parameters`
 * (the type checker lets them through): a call that passes one is refused by name, as `NAME(parameter: …)`.
 */
export interface Builtin {
  /** Import path; '' for the universe, which needs no import. */
  readonly package: string
  readonly name: string
  readonly parameters: readonly Parameter[]
  readonly call: (args: Arguments, context: CallContext) => Value
  /** One line for docs/flux-support.md on what differs from InfluxDB or is left out. */
  readonly note?: string
}

export const define = (builtin: Builtin): Builtin => builtin
/** A constant of a package, such as `math.pi` or `date.Monday`. */
export interface Constant {
  readonly package: string
  readonly name: string
  readonly value: Value
}
