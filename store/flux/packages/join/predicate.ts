import { FluxError, UnsupportedError } from '../../errors.ts'
import { ClosureFunction } from '../../interpret/functions.ts'
import type { Expression } from '../../syntax/tree.ts'
import type { FluxFunction } from '../../values.ts'

/** The columns that must be equal, pair by pair. */
export type Equalities = readonly { readonly left: string; readonly right: string }[]

const refused = (reason: string): FluxError =>
  new FluxError(
    'invalid',
    `error in building plan while starting program: error in join function - some expressions are not yet supported in the \`on\` parameter: ${reason}`,
    { positioned: true },
  )

/** Reads `(l, r) => l.a == r.b and …`. @throws FluxError for any other condition */
export function equalitiesOf(on: FluxFunction): Equalities {
  if (!(on instanceof ClosureFunction))
    throw new UnsupportedError('join on a function that is not written in the script')
  const { body } = on.expression
  if (Array.isArray(body)) throw refused('the function must be one expression')
  const pairs: { left: string; right: string }[] = []
  const visit = (node: Expression): void => {
    if (node.kind === 'logical') {
      if (node.operator !== 'and') throw refused(`unsupported operator in join predicate: ${node.operator}`)
      visit(node.left)
      visit(node.right)
      return
    }
    if (node.kind !== 'binary') throw refused('illegal expression type in join predicate')
    if (node.operator !== '==') throw refused(`unsupported operator in join predicate: ${node.operator}`)
    const members = [node.left, node.right].map(memberOf)
    const left = members.find((member) => member.object === 'l')
    const right = members.find((member) => member.object === 'r')
    if (left === undefined || right === undefined) throw refused('a comparison must be of a column of l and one of r')
    pairs.push({ left: left.name, right: right.name })
  }
  visit(body as Expression)
  return pairs
}

function memberOf(node: Expression): { readonly object: string; readonly name: string } {
  if (node.kind === 'member' && node.object.kind === 'identifier') return { object: node.object.name, name: node.name }
  throw refused('illegal expression type in join predicate')
}
