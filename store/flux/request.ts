import { type Annotation, type Dialect, defaultDialect } from '../../lib/annotated-csv/dialect.ts'
import { parseInstant } from '../../lib/time/instant.ts'
import { FluxError } from './errors.ts'
import { goKind, parseGoJson } from './go-json.ts'

/** What a request for a query asks. Exactly one of `script` and `ast` is there. */
export interface QueryRequest {
  readonly script: string | null
  /** A syntax tree in place of a script. */
  readonly ast: unknown
  /** A syntax tree with options that the script sees; null when there is none. */
  readonly extern: unknown
  readonly dialect: Dialect
  /** `now()` as the request says it; null leaves it to the server's clock. */
  readonly nowNs: bigint | null
}

/**
 * Reads the body of `POST /api/v2/query`: JSON, or the script itself if the content type says `application/vnd.flux`.
 * @throws FluxError `invalid`, in InfluxDB's words, with the prefix `failed to decode request body: `
 */
export function decodeQueryRequest(contentType: string | null, body: string): QueryRequest {
  try {
    return /^\s*application\/vnd\.flux\s*(;|$)/i.test(contentType ?? '') ? ofScript(body) : ofJson(body)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    throw new FluxError('invalid', `failed to decode request body: ${error.message}`, { positioned: true })
  }
}

class Refused extends Error {}

const ofScript = (script: string): QueryRequest => {
  if (script === '') throw new Refused('request body requires either query or AST')
  return { script, ast: null, extern: null, dialect: defaultDialect, nowNs: null }
}

const notJson = (reason: string): Refused =>
  new Refused(
    `failed parsing request body as JSON; if sending a raw Flux script, set 'Content-Type: application/vnd.flux' in your request headers: ${reason}`,
  )
const wrongType = (value: unknown, field: string, type: string): Refused =>
  notJson(`json: cannot unmarshal ${goKind(value)} into Go ${field} of type ${type}`)

function ofJson(body: string): QueryRequest {
  let json: unknown
  try {
    json = parseGoJson(body)
  } catch (error) {
    if (error instanceof SyntaxError) throw notJson(error.message)
    throw error
  }
  if (json === null) json = {}
  if (typeof json !== 'object' || Array.isArray(json)) throw wrongType(json, 'value', 'http.QueryRequest')
  const members = json as Record<string, unknown>
  const text = (name: string): string => {
    const value = members[name] ?? ''
    if (typeof value !== 'string') throw wrongType(value, `struct field QueryRequest.${name}`, 'string')
    return value
  }
  const script = text('query')
  const type = text('type')
  const nowNs = readNow(members['now'])
  const dialect = readDialect(members['dialect'])
  const ast = members['ast'] ?? null
  if (script === '' && ast === null) throw new Refused('request body requires either query or AST')
  if (type !== '' && type !== 'flux') throw new Refused(`unknown query type: ${type}`)
  return {
    script: script === '' ? null : script,
    ast,
    extern: members['extern'] ?? null,
    dialect: checked(dialect),
    nowNs,
  }
}

function readNow(value: unknown): bigint | null {
  if (value === undefined || value === null) return null
  const layout = '"2006-01-02T15:04:05Z07:00"'
  if (typeof value !== 'string') throw notJson('Time.UnmarshalJSON: input is not a JSON string')
  const ns = parseInstant(value)
  if (ns === null || !value.includes('T'))
    throw notJson(`parsing time "${value}" as ${layout}: cannot parse "${value}" as "2006"`)
  return ns
}

interface AskedDialect {
  readonly header: boolean
  readonly delimiter: string
  readonly commentPrefix: string
  readonly dateTimeFormat: string
  readonly annotations: readonly string[]
}

function readDialect(value: unknown): AskedDialect {
  if (value !== undefined && value !== null && (typeof value !== 'object' || Array.isArray(value)))
    throw wrongType(value, 'struct field QueryRequest.dialect', 'http.QueryDialect')
  const members = (value ?? {}) as Record<string, unknown>
  const member = <T>(name: string, type: string, fits: (value: unknown) => value is T, fallback: T): T => {
    const given = members[name]
    if (given === undefined || given === null) return fallback
    if (!fits(given)) throw wrongType(given, `struct field QueryDialect.dialect.${name}`, type)
    return given
  }
  const isText = (v: unknown): v is string => typeof v === 'string'
  const isTexts = (v: unknown): v is readonly string[] => Array.isArray(v) && v.every(isText)
  return {
    header: member('header', 'bool', (v): v is boolean => typeof v === 'boolean', true),
    delimiter: member('delimiter', 'string', isText, ''),
    commentPrefix: member('commentPrefix', 'string', isText, ''),
    dateTimeFormat: member('dateTimeFormat', 'string', isText, ''),
    annotations: member('annotations', '[]string', isTexts, []),
  }
}

const annotations: readonly string[] = ['group', 'datatype', 'default']
const bytes = (text: string): number => Buffer.byteLength(text)

/** The comment prefix and the time format are checked as InfluxDB does, and then change nothing, as there. */
function checked({ header, delimiter, commentPrefix, dateTimeFormat, annotations: asked }: AskedDialect): Dialect {
  if (bytes(commentPrefix) > 1) throw new Refused('invalid dialect comment prefix: must be length 0 or 1')
  // InfluxDB counts bytes, and spells it so.
  if (bytes(delimiter) > 1) throw new Refused('invalid dialect delimeter: must be length 1')
  for (const annotation of asked)
    if (!annotations.includes(annotation)) throw new Refused(`unknown dialect annotation type: ${annotation}`)
  if (dateTimeFormat !== '' && dateTimeFormat !== 'RFC3339' && dateTimeFormat !== 'RFC3339Nano')
    throw new Refused(`unknown dialect date time format: ${dateTimeFormat}`)
  return { header, delimiter: delimiter === '' ? ',' : delimiter, annotations: asked as readonly Annotation[] }
}
