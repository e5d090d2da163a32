/** The syntax tree of a script, as the interpreter wants it: every node says its kind, literals are values already. */
import type { Duration } from '../../../lib/time/duration.ts'
import type { Location } from '../errors.ts'

export interface Script {
  readonly imports: readonly { readonly path: string; readonly name: string | null; readonly location: Location }[]
  readonly statements: readonly Statement[]
}

export type Statement =
  | { readonly kind: 'expression'; readonly expression: Expression; readonly location: Location }
  | { readonly kind: 'assignment'; readonly name: string; readonly value: Expression; readonly location: Location }
  | {
      readonly kind: 'option'
      /** null for an option of the universe */
      readonly package: string | null
      readonly name: string
      readonly value: Expression
      readonly location: Location
    }
  | { readonly kind: 'return'; readonly value: Expression; readonly location: Location }

export type BinaryOperator = '+' | '-' | '*' | '/' | '%' | '^' | '==' | '!=' | '<' | '<=' | '>' | '>=' | '=~' | '!~'

export type Expression = { readonly location: Location } & (
  | { readonly kind: 'literal'; readonly type: 'int'; readonly value: bigint }
  | { readonly kind: 'literal'; readonly type: 'float'; readonly value: number }
  | { readonly kind: 'literal'; readonly type: 'string'; readonly value: string }
  | { readonly kind: 'literal'; readonly type: 'bool'; readonly value: boolean }
  | { readonly kind: 'literal'; readonly type: 'time'; readonly value: bigint }
  | { readonly kind: 'literal'; readonly type: 'duration'; readonly value: Duration }
  | { readonly kind: 'literal'; readonly type: 'regex'; readonly value: string }
  | { readonly kind: 'interpolation'; readonly parts: readonly (string | Expression)[] }
  | { readonly kind: 'identifier'; readonly name: string }
  | { readonly kind: 'label'; readonly name: string }
  | { readonly kind: 'array'; readonly elements: readonly Expression[] }
  | { readonly kind: 'dict'; readonly entries: readonly { readonly key: Expression; readonly value: Expression }[] }
  | {
      readonly kind: 'record'
      readonly with: Expression | null
      readonly properties: readonly { readonly key: string; readonly value: Expression }[]
    }
  | {
      readonly kind: 'function'
      readonly parameters: readonly { readonly name: string; readonly default: Expression | null }[]
      readonly pipe: string | null
      readonly body: Expression | readonly Statement[]
    }
  | {
      readonly kind: 'call'
      readonly callee: Expression
      readonly arguments: readonly { readonly key: string; readonly value: Expression }[]
      readonly piped: Expression | null
    }
  | { readonly kind: 'member'; readonly object: Expression; readonly name: string }
  | { readonly kind: 'index'; readonly object: Expression; readonly index: Expression }
  | { readonly kind: 'unary'; readonly operator: '-' | '+' | 'not' | 'exists'; readonly argument: Expression }
  | {
      readonly kind: 'binary'
      readonly operator: BinaryOperator
      readonly left: Expression
      readonly right: Expression
    }
  | { readonly kind: 'logical'; readonly operator: 'and' | 'or'; readonly left: Expression; readonly right: Expression }
  | {
      readonly kind: 'conditional'
      readonly test: Expression
      readonly consequent: Expression
      readonly alternate: Expression
    }
)

export type FunctionExpression = Extract<Expression, { kind: 'function' }>
