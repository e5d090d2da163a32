import { FluxError } from '../errors.ts'
import { TableStream } from '../stream.ts'
import { FluxArray, FluxRecord, type Value } from '../values.ts'

/** What may become a result: a `yield`, a stream that stands alone as a statement, or an operator that writes (`to`). */
export interface Candidate {
  readonly kind: 'yield' | 'statement' | 'effect'
  /** Of a yield its name, of an effect the operator's. */
  readonly name: string
  readonly stream: TableStream
}

export interface NamedResult {
  readonly name: string
  readonly stream: TableStream
}

const inputs = new WeakMap<TableStream, readonly TableStream[]>()

/** Remembers which streams were handed to the call that made one. */
export function noteInputs(result: TableStream, args: Iterable<Value>): void {
  const found: TableStream[] = []
  const visit = (value: Value): void => {
    if (value instanceof TableStream) {
      if (value !== result) found.push(value)
    } else if (value instanceof FluxArray) value.elements.forEach(visit)
    else if (value instanceof FluxRecord) for (const member of value.members.values()) visit(member)
  }
  for (const value of args) visit(value)
  result.inheritBounds(found)
  if (!inputs.has(result)) inputs.set(result, found)
}

/** Of every stream of a plan the streams that take it as input. */
const consumers = new WeakMap<TableStream, Set<TableStream>>()

/** Remembers who reads whom among the streams that results are made of. */
function noteConsumers(results: Iterable<TableStream>): void {
  for (const result of results)
    for (const stream of withAncestors(result))
      for (const input of inputs.get(stream) ?? []) {
        const known = consumers.get(input)
        if (known === undefined) consumers.set(input, new Set([stream]))
        else known.add(stream)
      }
}

/** Whether more than one operator of the plan reads a stream, or one that it is made of. A planner leaves such a stream alone. */
export const isShared = (stream: TableStream): boolean =>
  (consumers.get(stream)?.size ?? 0) > 1 || (inputs.get(stream) ?? []).some(isShared)

/** Whether nothing reads a stream but the answer, through a yield or without. */
export const isAnswered = (stream: TableStream): boolean =>
  [...(consumers.get(stream) ?? [])].every((consumer) => consumer.tables === stream.tables)

/** A stream with all streams it is made of. */
function withAncestors(stream: TableStream): Set<TableStream> {
  const all = new Set<TableStream>([stream])
  // A set goes on over what is added meanwhile.
  for (const one of all) for (const input of inputs.get(one) ?? []) all.add(input)
  return all
}

/**
 * The results of a script: every yield; a stream that stands alone, unless something else that is computed takes it as input; and
 * an operator that writes, even if its stream is only assigned, under a name made of the operator and its place in the plan.
 * @throws FluxError when two results share a name
 */
export function resultsOf(candidates: readonly Candidate[]): readonly NamedResult[] {
  const used = new Set<TableStream>()
  for (const { stream } of candidates)
    for (const one of withAncestors(stream)) for (const input of inputs.get(one) ?? []) used.add(input)
  const results = new Map<TableStream, NamedResult>()
  for (const { kind, name, stream } of candidates) {
    if (kind === 'yield') {
      refuseTwice(results, name, 'yield')
      results.set(stream, { name, stream })
    } else if (!used.has(stream) && !results.has(stream)) {
      const own = kind === 'effect' ? `${name}${withAncestors(stream).size - 1}` : '_result'
      refuseTwice(results, own, kind)
      results.set(stream, { name: own, stream })
    }
  }
  noteConsumers(results.keys())
  return [...results.values()]
}

function refuseTwice(results: ReadonlyMap<TableStream, NamedResult>, name: string, kind: Candidate['kind']): void {
  if (![...results.values()].some((result) => result.name === name)) return
  throw new FluxError(
    'invalid',
    kind === 'yield'
      ? `error in building plan while starting program: found more than one call to yield() with the name "${name}"`
      : `failed to initialize execute state: tried to produce more than one result with the name "${name}"`,
    { positioned: true },
  )
}
