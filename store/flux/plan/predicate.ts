import type { ClosureFunction } from '../interpret/functions.ts'
import type { Expression } from '../syntax/tree.ts'
import type { Literal, Predicate, Reference } from './read.ts'

/**
 * The part of a filter that storage does, as InfluxDB's planner would hand it down: comparisons of a tag or of `_value` with a
 * literal, `exists` of a tag, and `and`, `or` of these. Of a conjunction each part goes by itself. What is pushed has
 * storage's semantics (a missing tag passes `!=`), which dashboards see on a real InfluxDB too.
 * @returns what storage does (null: nothing), and whether the filter must still run on the rows
 */
export function splitPredicate(fn: ClosureFunction): { readonly pushed: Predicate | null; readonly left: boolean } {
  const { body, parameters } = fn.expression
  const parameter = parameters[0]?.name
  if (Array.isArray(body) || parameter === undefined || parameters.length !== 1) return { pushed: null, left: true }
  const pushed: Predicate[] = []
  let left = false
  for (const part of conjuncts(body as Expression)) {
    const predicate = toPredicate(part, parameter)
    if (predicate === null) left = true
    else pushed.push(predicate)
  }
  const joined = pushed.length === 0 ? null : pushed.reduce((a, b) => ({ kind: 'and', left: a, right: b }))
  return { pushed: joined, left }
}

const conjuncts = (node: Expression): Expression[] =>
  node.kind === 'logical' && node.operator === 'and' ? [...conjuncts(node.left), ...conjuncts(node.right)] : [node]

function toPredicate(node: Expression, parameter: string): Predicate | null {
  if (node.kind === 'logical') {
    const left = toPredicate(node.left, parameter)
    const right = toPredicate(node.right, parameter)
    return left === null || right === null ? null : { kind: node.operator, left, right }
  }
  if (node.kind === 'unary' && node.operator === 'exists') {
    const reference = referenceOf(node.argument, parameter)
    return reference?.kind === 'tag' ? { kind: 'exists', reference, negated: false } : null
  }
  if (node.kind !== 'binary') return null
  const left = referenceOf(node.left, parameter)
  const right = literalOf(node.right)
  if (left === null || right === null) return null
  const { operator } = node
  if (
    operator === '+' ||
    operator === '-' ||
    operator === '*' ||
    operator === '/' ||
    operator === '%' ||
    operator === '^'
  )
    return null
  const isRegex = typeof right === 'object' && 'regex' in right
  if (isRegex !== (operator === '=~' || operator === '!~')) return null
  if (left.kind === 'tag') {
    // An empty text is never handed down: it would find series without the tag, which the row has as null.
    if (right === '' || (!isRegex && typeof right !== 'string')) return null
    if (operator === '<' || operator === '<=' || operator === '>' || operator === '>=') return null
  }
  return { kind: 'compare', op: operator, left, right }
}

const notTags = new Set(['_time', '_start', '_stop'])

function referenceOf(node: Expression, parameter: string): Reference | null {
  if (node.kind !== 'member' || node.object.kind !== 'identifier' || node.object.name !== parameter) return null
  if (node.name === '_value') return { kind: 'value' }
  return notTags.has(node.name) ? null : { kind: 'tag', name: node.name }
}

function literalOf(node: Expression): Literal | null {
  if (node.kind === 'unary' && node.operator === '-') {
    const inner = literalOf(node.argument)
    return typeof inner === 'number' || typeof inner === 'bigint' ? -inner : null
  }
  if (node.kind !== 'literal') return null
  switch (node.type) {
    case 'regex':
      return { regex: node.value }
    case 'time':
    case 'duration':
      return null
    default:
      return node.value
  }
}
