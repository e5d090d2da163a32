import { FluxError, formatLocation, type Location } from './errors.ts'
import type { Table } from './table.ts'
import type { CallContext } from './universe/define.ts'

/** The function that made a stream and where the user called it, for error texts. */
export interface Origin {
  readonly name: string
  readonly location: Location | null
}

/** Half-open: [startNs, stopNs). */
export interface Bounds {
  readonly startNs: bigint
  readonly stopNs: bigint
}

/**
 * A lazy stream of tables. Nothing runs until someone iterates; iterating twice computes twice.
 * Tables arrive one by one, and an operator that can pass a table on before it has seen the next one does so.
 */
export class TableStream {
  #bounds: Bounds | null | undefined

  /** @param bounds the time a `range` on the way asked for; undefined: that of the streams it is made of */
  constructor(
    readonly tables: () => Iterable<Table>,
    readonly origin: Origin,
    bounds?: Bounds | null,
  ) {
    this.#bounds = bounds
  }

  /** The time that the `range` before it asked for, whatever its tables hold; null without one. Windows are cut to it. */
  get bounds(): Bounds | null {
    return this.#bounds ?? null
  }

  /** Takes over the bounds of what it is made of, all together, unless it has its own. */
  inheritBounds(inputs: Iterable<TableStream>): void {
    if (this.#bounds !== undefined) return
    let joined: Bounds | null = null
    for (const { bounds } of inputs) {
      if (bounds === null) continue
      joined =
        joined === null
          ? bounds
          : {
              startNs: bounds.startNs < joined.startNs ? bounds.startNs : joined.startNs,
              stopNs: bounds.stopNs > joined.stopNs ? bounds.stopNs : joined.stopNs,
            }
    }
    this.#bounds = joined
  }
}

/** Puts the position of the operator that the user called in front of an error, once. */
export function positioned(error: unknown, origin: Origin): unknown {
  if (!(error instanceof FluxError) || error.positioned || origin.location === null) return error
  if (error.code === 'canceled' || error.code === 'resource exhausted') return error
  return new FluxError(
    error.code,
    `runtime error ${formatLocation(origin.location)}: ${origin.name}: ${error.message}`,
    {
      cause: error,
      positioned: true,
    },
  )
}

/**
 * The stream an operator answers with. What goes wrong while it runs gets the operator's position and name in front, once:
 * `runtime error @9:9-9:53: map: …`. The budget is checked at every table.
 */
export function makeStream(
  context: CallContext,
  name: string,
  tables: () => Iterable<Table>,
  bounds?: Bounds | null,
): TableStream {
  const origin = { name: context.callName ?? name, location: context.location }
  return new TableStream(
    function* () {
      try {
        for (const table of tables()) {
          context.budget.check()
          yield table
        }
      } catch (error) {
        throw positioned(error, origin)
      }
    },
    origin,
    bounds,
  )
}
