import { ApiError } from '../../lib/errors.ts'

/** One condition on a tag or the measurement. A series without the tag never fits, whatever the operator. */
export interface TagRule {
  readonly tag: string
  readonly operator: '=' | '!='
  readonly value: string
}

/** Words that InfluxQL keeps for itself: bare, they are no tag. */
const keywords = new Set(
  `ALL ALTER ANALYZE ANY AS ASC BEGIN BY CARDINALITY CREATE CONTINUOUS DATABASE DATABASES DEFAULT DELETE DESC DESTINATIONS
  DIAGNOSTICS DISTINCT DROP DURATION END EVERY EXACT EXPLAIN FIELD FOR FROM GRANT GRANTS GROUP GROUPS IN INF INSERT INTO KEY KEYS
  KILL LIMIT MEASUREMENT MEASUREMENTS OFFSET ON ORDER PASSWORD POLICY POLICIES PRIVILEGES QUERIES QUERY READ REPLICATION
  RESAMPLE RETENTION REVOKE SELECT SERIES SET SHARD SHARDS SHOW SLIMIT SOFFSET STATS SUBSCRIPTION SUBSCRIPTIONS TAG TO USER USERS
  VALUES VERBOSE WHERE WITH WRITE`.split(/\s+/),
)

type TokenKind = 'word' | 'quoted' | 'number' | 'boolean' | 'keyword' | 'name' | 'and' | 'or' | 'symbol' | 'bad' | 'end'
interface Token {
  readonly kind: TokenKind
  readonly text: string
  readonly at: number
}

/**
 * Reads the predicate of a delete: `tag = "v"` and `tag != "v"`, joined by AND, in parentheses if one likes.
 * @returns rules that all must hold; none for an empty predicate
 * @throws ApiError in InfluxDB's words for all that InfluxDB refuses as well
 */
export function parseDeletePredicate(text: string): TagRule[] {
  const tokens = [...tokensOf(text)]
  const rules: TagRule[] = []
  let i = 0
  let open = 0
  const peek = (): Token => tokens[i]!
  for (;;) {
    while (peek().text === '(' && peek().kind === 'symbol') {
      open++
      i++
    }
    if (peek().kind === 'end' && rules.length === 0 && open === 0) return rules
    const rule = ruleAt(tokens, i)
    rules.push(rule)
    i += 3
    while (peek().text === ')' && peek().kind === 'symbol') {
      if (open === 0) throw refused('extra ) seen')
      open--
      i++
    }
    const next = peek()
    if (next.kind === 'end') break
    if (next.kind === 'or') throw refused(`the logical operator OR is not supported yet at position ${next.at}`)
    if (next.kind !== 'and') throw refused(`the logical operator '\\x00' is invalid`)
    i++
  }
  if (open > 0) throw refused('extra ( seen')
  return rules
}

const refused = (reason: string): ApiError => new ApiError('invalid', `error decoding json body: ${reason}`)

function ruleAt(tokens: readonly Token[], i: number): TagRule {
  const tag = tokens[i]!
  if (tag.kind === 'name')
    throw new ApiError(
      'invalid',
      `invalid request; error parsing predicate: found NAME, expected identifier, string, number, bool at line 1, char ${tag.at + 1}`,
    )
  if (tag.kind !== 'word' && tag.kind !== 'quoted') throw refused(`bad logical expression, at position ${tag.at}`)
  const operator = tokens[i + 1]!
  if (operator.text === '=~' || operator.text === '!~')
    throw refused(`operator: "${operator.text}" at position: ${operator.at} is not supported yet`)
  if (operator.kind !== 'symbol' || (operator.text !== '=' && operator.text !== '!='))
    throw refused(
      `invalid operator "${shown(operator)}" at position: ${operator.kind === 'end' ? operator.at + 1 : operator.at}`,
    )
  const value = tokens[i + 2]!
  if (value.kind === 'bad') throw refused(`bad tag value: "${value.text}", at position ${value.at - 1}`)
  if (!['word', 'quoted', 'number', 'boolean'].includes(value.kind))
    throw refused(`bad tag value: "${value.kind === 'end' ? '' : value.text}", at position ${value.at}`)
  if (tag.text === '_field' && operator.text === '=')
    throw new ApiError('not implemented', 'delete by field is not supported')
  return { tag: tag.text, operator: operator.text, value: value.text }
}

const shown = ({ kind, text }: Token): string =>
  kind === 'end' ? 'EOF' : kind === 'word' || kind === 'quoted' ? 'IDENT' : kind === 'number' ? 'NUMBER' : text

const pattern =
  /\s*(?:(?<quoted>"(?:[^"\\]|\\.)*")|(?<bad>'(?:[^'\\]|\\.)*'?|"(?:[^"\\]|\\.)*)|(?<symbol>=~|!~|!=|<>|<=|>=|[=<>()+\-*/,;])|(?<number>\d+(?:\.\d+)?)|(?<word>[A-Za-z_][A-Za-z0-9_.]*)|(?<other>.))/suy

function* tokensOf(text: string): Generator<Token> {
  pattern.lastIndex = 0
  const body = text.trimEnd()
  while (pattern.lastIndex < body.length) {
    const match = pattern.exec(body)!
    const groups = match.groups!
    const [kind, found] = Object.entries(groups).find(([, value]) => value !== undefined) as [string, string]
    const at = pattern.lastIndex - found.length
    const position = pattern.lastIndex
    if (kind === 'quoted') yield { kind, text: unescaped(found.slice(1, -1)), at }
    else if (kind === 'bad') yield { kind, text: unescaped(found.replace(/^['"]|'$/g, '')), at }
    else if (kind === 'word') yield { kind: wordKind(found), text: found, at }
    else yield { kind: kind === 'number' ? 'number' : 'symbol', text: found, at }
    pattern.lastIndex = position
  }
  yield { kind: 'end', text: '', at: body.length }
}

function wordKind(word: string): TokenKind {
  const upper = word.toUpperCase()
  if (upper === 'AND') return 'and'
  if (upper === 'OR') return 'or'
  if (upper === 'NAME') return 'name'
  if (upper === 'TRUE' || upper === 'FALSE') return 'boolean'
  return keywords.has(upper) ? 'keyword' : 'word'
}

const unescaped = (text: string): string => text.replace(/\\(.)/gsu, (_, char: string) => (char === 'n' ? '\n' : char))
