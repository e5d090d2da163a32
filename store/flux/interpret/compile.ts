import { kindOf } from '../arguments.ts'
import { FluxError, formatLocation, type Location } from '../errors.ts'
import { Regex } from '../regex.ts'
import type { Expression, FunctionExpression, Statement } from '../syntax/tree.ts'
import { textOf } from '../text.ts'
import { Dict, FluxArray, FluxFunction, FluxRecord, Null, Time, type Value } from '../values.ts'
import { type Engine, MissingFunction } from './engine.ts'
import { ClosureFunction } from './functions.ts'
import { identityOf } from './identity.ts'
import { binaryOperators, negate, not, unsupportedBinary } from './operators.ts'
import { PackageValue } from './packages.ts'

/** Values of one call's names, and the frame in which its function was written. */
export interface Frame {
  readonly values: Value[]
  readonly parent: Frame | null
}

/** An expression made ready to run. */
export type Compiled = (frame: Frame) => Value

/** Names of one function or of the script, known before anything runs: a name becomes a place in a frame. */
export class Names {
  readonly #slots = new Map<string, number>()
  constructor(readonly parent: Names | null) {}

  get count(): number {
    return this.#slots.size
  }
  declare(name: string): number {
    const slot = this.#slots.get(name) ?? this.#slots.size
    this.#slots.set(name, slot)
    return slot
  }
  find(name: string): { readonly depth: number; readonly slot: number } | null {
    let depth = 0
    for (let names: Names | null = this; names !== null; names = names.parent, depth++) {
      const slot = names.#slots.get(name)
      if (slot !== undefined) return { depth, slot }
    }
    return null
  }
}

/** How `and` and `or` take nulls: as row functions do, or as SQL does (in a vectorised `map`). */
export type Logic = 'row' | 'vector'

/** Turns expressions into closures. One for each script. */
export class Compiler {
  constructor(
    readonly engine: Engine,
    /** What a name means that the script does not define: the universe and its options. */
    readonly universe: (name: string) => Value | undefined,
  ) {}

  expression(node: Expression, names: Names, logic: Logic = 'row'): Compiled {
    const sub = (child: Expression): Compiled => this.expression(child, names, logic)
    switch (node.kind) {
      case 'literal': {
        const value = literal(node)
        return () => value
      }
      case 'label': {
        const { name } = node
        return () => name
      }
      case 'identifier':
        return this.#identifier(node.name, names)
      case 'interpolation': {
        const parts = node.parts.map((part) => (typeof part === 'string' ? part : sub(part)))
        return (frame) => {
          let text = ''
          for (const part of parts) text += typeof part === 'string' ? part : textOf(part(frame))
          return text
        }
      }
      case 'array': {
        const elements = node.elements.map(sub)
        return (frame) => new FluxArray(elements.map((element) => element(frame)))
      }
      case 'dict': {
        const entries = node.entries.map(({ key, value }) => [sub(key), sub(value)] as const)
        return (frame) => {
          const map = new Map<string, readonly [Value, Value]>()
          for (const [key, value] of entries) {
            const k = key(frame)
            map.set(identityOf(k), [k, value(frame)])
          }
          return new Dict(map)
        }
      }
      case 'record': {
        const base = node.with === null ? null : sub(node.with)
        const properties = node.properties.map(({ key, value }) => [key, sub(value)] as const)
        return (frame) => {
          const members = base === null ? new Map<string, Value>() : new Map(recordOf(base(frame)).members)
          for (const [key, value] of properties) members.set(key, value(frame))
          return new FluxRecord(members)
        }
      }
      case 'function':
        return this.function(node, names)
      case 'call':
        return this.#call(node, names, logic)
      case 'member':
        return this.#member(sub(node.object), node.name, node.location)
      case 'index':
        return this.#index(sub(node.object), sub(node.index))
      case 'unary': {
        const argument = sub(node.argument)
        switch (node.operator) {
          case '-':
            return (frame) => negate(argument(frame))
          case '+':
            return argument
          case 'not':
            return (frame) => not(argument(frame))
          case 'exists':
            return (frame) => !(argument(frame) instanceof Null)
        }
        break
      }
      case 'binary': {
        const operate = binaryOperators[node.operator]
        const left = sub(node.left)
        const right = sub(node.right)
        return (frame) => operate(left(frame), right(frame))
      }
      case 'logical':
        return logic === 'row'
          ? rowLogic(node.operator, sub(node.left), sub(node.right))
          : vectorLogic(node.operator, sub(node.left), sub(node.right))
      case 'conditional': {
        const test = sub(node.test)
        const consequent = sub(node.consequent)
        const alternate = sub(node.alternate)
        return (frame) => {
          const condition = test(frame)
          if (typeof condition !== 'boolean' && !(condition instanceof Null))
            throw new FluxError('invalid', `the condition of an if is ${kindOf(condition)}, not bool`)
          return condition === true ? consequent(frame) : alternate(frame)
        }
      }
    }
    throw new FluxError('internal error', 'an expression of unknown kind')
  }

  /** A function expression: makes a closure over the frame it is met in. */
  function(node: FunctionExpression & { readonly location: Expression['location'] }, names: Names): Compiled {
    const inner = new Names(names)
    for (const { name } of node.parameters) inner.declare(name)
    const body = node.body
    const isBlock = (b: typeof body): b is readonly Statement[] => Array.isArray(b)
    const compiled = isBlock(body) ? this.block(body, inner) : this.expression(body, inner)
    const vectorised = !isBlock(body) && canVectorise(body) ? this.expression(body, inner, 'vector') : null
    const defaults = node.parameters.map((parameter) =>
      parameter.default === null ? null : this.expression(parameter.default, names),
    )
    return (frame) => new ClosureFunction(node, frame, compiled, defaults, inner.count, vectorised)
  }

  /** The statements of a function's body; the value is that of `return`. */
  block(statements: readonly Statement[], names: Names): Compiled {
    const steps: { readonly slot: number | null; readonly run: Compiled; readonly returns: boolean }[] = []
    for (const statement of statements) {
      if (statement.kind === 'option')
        throw new FluxError(
          'invalid',
          `error ${formatLocation(statement.location)}: an option cannot be set inside of a function`,
        )
      if (statement.kind === 'assignment') {
        const run = this.expression(statement.value, names)
        steps.push({ slot: names.declare(statement.name), run, returns: false })
      } else if (statement.kind === 'return')
        steps.push({ slot: null, run: this.expression(statement.value, names), returns: true })
      else steps.push({ slot: null, run: this.expression(statement.expression, names), returns: false })
    }
    return (frame) => {
      for (const { slot, run, returns } of steps) {
        const value = run(frame)
        if (returns) return value
        if (slot !== null) frame.values[slot] = value
      }
      throw new FluxError('invalid', 'a function ends without return')
    }
  }

  #identifier(name: string, names: Names): Compiled {
    const found = names.find(name)
    if (found === null) {
      // Options may be set after this was compiled, so they are looked up when it runs.
      const { options } = this.engine
      return () => {
        const value = options.get(name) ?? this.universe(name)
        if (value === undefined) throw new FluxError('invalid', `undefined identifier "${name}"`)
        return value
      }
    }
    const { depth, slot } = found
    const check = (value: Value | undefined): Value => {
      if (value === undefined) throw new FluxError('invalid', `undefined identifier "${name}"`)
      return value
    }
    if (depth === 0) return (frame) => check(frame.values[slot])
    if (depth === 1) return (frame) => check(frame.parent!.values[slot])
    return (frame) => {
      let at: Frame = frame
      for (let i = 0; i < depth; i++) at = at.parent!
      return check(at.values[slot])
    }
  }

  #call(node: Extract<Expression, { kind: 'call' }>, names: Names, logic: Logic): Compiled {
    const callee =
      node.callee.kind === 'member'
        ? this.#member(this.expression(node.callee.object, names, logic), node.callee.name, null)
        : this.expression(node.callee, names, logic)
    const piped = node.piped === null ? null : this.expression(node.piped, names, logic)
    const args = node.arguments.map(({ key, value }) => [key, this.expression(value, names, logic)] as const)
    const name = node.callee.kind === 'member' || node.callee.kind === 'identifier' ? node.callee.name : '<anonymous>'
    const { engine } = this
    const { location } = node
    return (frame) => {
      const values = new Map<string, Value>()
      const first = piped === null ? null : piped(frame)
      const target = callee(frame)
      for (const [key, value] of args) values.set(key, value(frame))
      if (first !== null) {
        const pipe = target instanceof FluxFunction ? target.pipe : null
        values.set(pipe ?? 'tables', first)
      }
      return engine.call(target, name, values, location)
    }
  }

  /** @param location null for what is about to be called: a function that is missing is refused by its call */
  #member(object: Compiled, name: string, location: Location | null): Compiled {
    return (frame) => {
      const value = object(frame)
      if (value instanceof PackageValue) {
        const member = value.member(name)
        if (location !== null && member instanceof MissingFunction)
          throw new FluxError(
            'unimplemented',
            `error ${formatLocation(location)}: ${member.qualifiedName} is not supported by the embedded store`,
            { positioned: true },
          )
        return member
      }
      if (value instanceof FluxRecord) return value.get(name) ?? Null.unknown
      if (value instanceof Null) return Null.unknown
      throw new FluxError('invalid', `cannot access property "${name}" of ${kindOf(value)}`)
    }
  }

  #index(object: Compiled, index: Compiled): Compiled {
    return (frame) => {
      const array = object(frame)
      const i = index(frame)
      if (array instanceof FluxRecord && typeof i === 'string') return array.get(i) ?? Null.unknown
      if (!(array instanceof FluxArray) || typeof i !== 'bigint')
        throw new FluxError('invalid', `cannot access element of ${kindOf(array)}`)
      const element = i < 0n ? undefined : array.elements[Number(i)]
      if (element === undefined)
        throw new FluxError('invalid', `cannot access element ${i} of array of length ${array.elements.length}`)
      return element
    }
  }
}

function literal(node: Extract<Expression, { kind: 'literal' }>): Value {
  if (node.type === 'time') return new Time(node.value)
  if (node.type === 'regex') return new Regex(node.value)
  return node.value
}

const recordOf = (value: Value): FluxRecord => {
  if (value instanceof FluxRecord) return value
  throw new FluxError('invalid', `cannot extend ${kindOf(value)} with properties: it is no record`)
}

const nullBool = Null.of('bool')

/** Left false or null decides an `and`, left true an `or`; else the right side is the answer, null or not. */
function rowLogic(operator: 'and' | 'or', left: Compiled, right: Compiled): Compiled {
  return (frame) => {
    const a = left(frame)
    if (operator === 'and') {
      if (a === false || a instanceof Null) return false
    } else if (a === true) return true
    const b = right(frame)
    if (typeof b === 'boolean') return b
    if (b instanceof Null) return nullBool
    throw unsupportedBinary(operator, a, b)
  }
}

/** SQL's three values. */
function vectorLogic(operator: 'and' | 'or', left: Compiled, right: Compiled): Compiled {
  const decisive = operator === 'or'
  return (frame) => {
    const a = left(frame)
    const b = right(frame)
    if (a === decisive || b === decisive) return decisive
    if (a instanceof Null || b instanceof Null) return nullBool
    if (typeof a !== 'boolean' || typeof b !== 'boolean') throw unsupportedBinary(operator, a, b)
    return !decisive
  }
}

/** Whether InfluxDB would run a `map` with this body column by column: only members, literals, operators, `if`, `float()` and `with`. */
function canVectorise(body: Expression): boolean {
  if (body.kind !== 'record') return false
  const fits = (node: Expression): boolean => {
    switch (node.kind) {
      case 'literal':
        return node.type !== 'regex' && node.type !== 'duration'
      case 'identifier':
        return true
      case 'member':
        return node.object.kind === 'identifier'
      case 'unary':
        return fits(node.argument)
      case 'binary':
        return node.operator !== '=~' && node.operator !== '!~' && fits(node.left) && fits(node.right)
      case 'logical':
        return fits(node.left) && fits(node.right)
      case 'conditional':
        return fits(node.test) && fits(node.consequent) && fits(node.alternate)
      case 'call':
        return (
          node.callee.kind === 'identifier' &&
          node.callee.name === 'float' &&
          node.piped === null &&
          node.arguments.every(({ value }) => fits(value))
        )
      default:
        return false
    }
  }
  return body.properties.every(({ value }) => fits(value))
}
