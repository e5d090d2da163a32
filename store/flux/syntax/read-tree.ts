import { Duration, durationOf } from '../../../lib/time/duration.ts'
import { parseInstant } from '../../../lib/time/instant.ts'
import { FluxError, formatLocation, type Location, UnsupportedError } from '../errors.ts'
import type { BinaryOperator, Expression, Script, Statement } from './tree.ts'

/** A node as libflux gives it, or as a client sends it in `extern`: children of a fixed kind carry no `type`. */
interface Raw {
  readonly type?: string
  readonly location?: Location
  readonly errors?: readonly { readonly msg: string }[]
  readonly [key: string]: unknown
}

const nowhere: Location = { start: { line: 1, column: 1 }, end: { line: 1, column: 1 } }
const at = (raw: Raw): Location => raw.location ?? nowhere
const child = (raw: Raw, key: string): Raw => raw[key] as Raw
const children = (raw: Raw, key: string): readonly Raw[] => (raw[key] as readonly Raw[] | null | undefined) ?? []

/** Syntax errors of a tree, in Flux's words, in order of their position; empty when there are none. */
export function syntaxErrors(tree: unknown): string[] {
  const found: { readonly location: Location; readonly message: string }[] = []
  const visit = (node: unknown, location: Location): void => {
    if (Array.isArray(node)) for (const one of node) visit(one, location)
    else if (typeof node === 'object' && node !== null) {
      const raw = node as Raw
      const here = raw.location ?? location
      for (const { msg } of raw.errors ?? []) found.push({ location: here, message: msg })
      if (raw.type === 'BadExpression' || raw.type === 'BadStatement')
        found.push({
          location: here,
          message:
            raw.type === 'BadExpression'
              ? `invalid expression: ${String(raw['text'] ?? '')}`
              : `invalid statement: ${String(raw['text'] ?? '')}`,
        })
      for (const [key, value] of Object.entries(raw)) if (key !== 'location' && key !== 'errors') visit(value, here)
    }
  }
  visit(tree, nowhere)
  return found.map(({ location, message }) => `error ${formatLocation(location)}: ${message}`)
}

/** The tree of a file without syntax errors. @throws FluxError for what no script may hold (package clauses and tests aside) */
export function readScript(file: unknown): Script {
  const raw = file as Raw
  return {
    imports: children(raw, 'imports').map((one) => ({
      path: String(child(one, 'path')['value']),
      name: one['as'] === null || one['as'] === undefined ? null : String(child(one, 'as')['name']),
      location: at(one),
    })),
    statements: children(raw, 'body').flatMap(readStatement),
  }
}

function readStatement(raw: Raw): Statement[] {
  const location = at(raw)
  switch (raw.type) {
    case 'ExpressionStatement':
      return [{ kind: 'expression', expression: readExpression(child(raw, 'expression')), location }]
    case 'VariableAssignment':
      return [
        {
          kind: 'assignment',
          name: String(child(raw, 'id')['name']),
          value: readExpression(child(raw, 'init')),
          location,
        },
      ]
    case 'ReturnStatement':
      return [{ kind: 'return', value: readExpression(child(raw, 'argument')), location }]
    case 'OptionStatement': {
      const assignment = child(raw, 'assignment')
      const value = readExpression(child(assignment, 'init'))
      if (assignment.type === 'MemberAssignment') {
        const member = child(assignment, 'member')
        const property = child(member, 'property')
        return [
          {
            kind: 'option',
            package: String(child(member, 'object')['name']),
            name: String(property['name'] ?? property['value']),
            value,
            location,
          },
        ]
      }
      return [{ kind: 'option', package: null, name: String(child(assignment, 'id')['name']), value, location }]
    }
    case 'TestCaseStatement':
    case 'TestStatement':
      throw new UnsupportedError('testcase')
    case 'BuiltinStatement':
      throw new UnsupportedError('builtin')
    default:
      throw new FluxError(
        'invalid',
        `compilation failed: error ${formatLocation(location)}: unknown statement ${raw.type}`,
      )
  }
}

function readExpression(raw: Raw): Expression {
  const location = at(raw)
  const nested = (key: string): Expression => readExpression(child(raw, key))
  switch (raw.type) {
    case 'ParenExpression':
      return nested('expression')
    case 'IntegerLiteral':
    case 'UnsignedIntegerLiteral':
      return { kind: 'literal', type: 'int', value: BigInt(String(raw['value'])), location }
    case 'FloatLiteral':
      return { kind: 'literal', type: 'float', value: Number(raw['value']), location }
    case 'StringLiteral':
      return { kind: 'literal', type: 'string', value: String(raw['value']), location }
    case 'BooleanLiteral':
      return { kind: 'literal', type: 'bool', value: raw['value'] === true || raw['value'] === 'true', location }
    case 'DateTimeLiteral':
      return { kind: 'literal', type: 'time', value: readInstant(String(raw['value'])), location }
    case 'DurationLiteral':
      return { kind: 'literal', type: 'duration', value: readDuration(children(raw, 'values')), location }
    case 'RegexpLiteral':
      return { kind: 'literal', type: 'regex', value: String(raw['value']), location }
    case 'PipeLiteral':
      return { kind: 'identifier', name: '<-', location }
    case 'LabelLiteral':
      return { kind: 'label', name: String(raw['value']), location }
    case 'Identifier':
      // The parser takes these two for names.
      if (raw['name'] === 'true' || raw['name'] === 'false')
        return { kind: 'literal', type: 'bool', value: raw['name'] === 'true', location }
      return { kind: 'identifier', name: String(raw['name']), location }
    case 'StringExpression':
      return {
        kind: 'interpolation',
        parts: children(raw, 'parts').map((part) =>
          part.type === 'TextPart' ? String(part['value']) : readExpression(child(part, 'expression')),
        ),
        location,
      }
    case 'ArrayExpression':
      return {
        kind: 'array',
        elements: children(raw, 'elements').map((item) =>
          readExpression(item['expression'] === undefined ? item : child(item, 'expression')),
        ),
        location,
      }
    case 'DictExpression':
      return {
        kind: 'dict',
        entries: children(raw, 'elements').map((item) => ({
          key: readExpression(child(item, 'key')),
          value: readExpression(child(item, 'val')),
        })),
        location,
      }
    case 'ObjectExpression':
      return {
        kind: 'record',
        with: raw['with'] === null || raw['with'] === undefined ? null : readWith(child(raw, 'with')),
        properties: readProperties(children(raw, 'properties')),
        location,
      }
    case 'FunctionExpression':
      return readFunction(raw, location)
    case 'CallExpression':
      return readCall(raw, null, location)
    case 'PipeExpression': {
      const call = child(raw, 'call')
      return readCall(call, nested('argument'), at(call))
    }
    case 'MemberExpression': {
      const property = child(raw, 'property')
      return { kind: 'member', object: nested('object'), name: String(property['name'] ?? property['value']), location }
    }
    case 'IndexExpression': {
      const index = nested('index')
      // `r["x"]` written by a program may come as an index with a string.
      if (index.kind === 'literal' && index.type === 'string')
        return { kind: 'member', object: nested('array'), name: index.value, location }
      return { kind: 'index', object: nested('array'), index, location }
    }
    case 'UnaryExpression': {
      const operator = String(raw['operator']) as '-' | '+' | 'not' | 'exists'
      return { kind: 'unary', operator, argument: nested('argument'), location }
    }
    case 'BinaryExpression':
      return {
        kind: 'binary',
        operator: String(raw['operator']) as BinaryOperator,
        left: nested('left'),
        right: nested('right'),
        location,
      }
    case 'LogicalExpression':
      return {
        kind: 'logical',
        operator: String(raw['operator']).toLowerCase() as 'and' | 'or',
        left: nested('left'),
        right: nested('right'),
        location,
      }
    case 'ConditionalExpression':
      return {
        kind: 'conditional',
        test: nested('test'),
        consequent: nested('consequent'),
        alternate: nested('alternate'),
        location,
      }
    default:
      throw new FluxError(
        'invalid',
        `compilation failed: error ${formatLocation(location)}: unknown expression ${raw.type}`,
      )
  }
}

const readWith = (raw: Raw): Expression => {
  const source = raw['source'] as Raw | undefined
  return { kind: 'identifier', name: String(raw['name'] ?? source?.['name']), location: at(raw) }
}

const readProperties = (properties: readonly Raw[]): { readonly key: string; readonly value: Expression }[] =>
  properties.map((property) => {
    const key = child(property, 'key')
    const name = String(key['name'] ?? key['value'])
    const value = property['value'] as Raw | null | undefined
    return { key: name, value: value ? readExpression(value) : { kind: 'identifier', name, location: at(property) } }
  })

function readFunction(raw: Raw, location: Location): Expression {
  let pipe: string | null = null
  const parameters = children(raw, 'params').map((parameter) => {
    const key = child(parameter, 'key')
    const name = String(key['name'] ?? key['value'])
    const value = parameter['value'] as Raw | null | undefined
    if (value?.type === 'PipeLiteral') {
      pipe = name
      return { name, default: null }
    }
    return { name, default: value ? readExpression(value) : null }
  })
  const body = child(raw, 'body')
  const isBlock = body.type === 'Block' || (body.type === undefined && Array.isArray(body['body']))
  return {
    kind: 'function',
    parameters,
    pipe,
    body: isBlock ? children(body, 'body').flatMap(readStatement) : readExpression(body),
    location,
  }
}

function readCall(raw: Raw, piped: Expression | null, location: Location): Expression {
  const argument = children(raw, 'arguments')[0]
  return {
    kind: 'call',
    callee: readExpression(child(raw, 'callee')),
    arguments: argument === undefined ? [] : readProperties(children(argument, 'properties')),
    piped,
    location,
  }
}

function readInstant(text: string): bigint {
  const ns = parseInstant(text)
  if (ns === null) throw new FluxError('invalid', `compilation failed: invalid time literal ${text}`)
  return ns
}

function readDuration(values: readonly Raw[]): Duration {
  let months = 0n
  let ns = 0n
  for (const value of values) {
    const part = durationOf(BigInt(String(value['magnitude'])), String(value['unit']))
    if (part === null)
      throw new FluxError('invalid', `compilation failed: unknown duration unit ${String(value['unit'])}`)
    months += part.months
    ns += part.ns
  }
  return new Duration(months, ns)
}
