import { ApiError } from '../../lib/errors.ts'
import { readBody } from '../../lib/http/read-body.ts'
import { goKind, parseGoJson } from '../flux/go-json.ts'
import type { Call, Parts } from './parts.ts'

export type Members = Readonly<Record<string, unknown>>

/**
 * The JSON object of a request's body, as Go reads one: text behind the value is not looked at, `null` is an empty object.
 * @param prefix what InfluxDB's route puts in front of a mistake
 * @throws ApiError `invalid`
 */
export async function readJson(c: Call, { bodyBytesMax }: Parts, prefix: string): Promise<Members> {
  const text = (await readBody(c.env.incoming, bodyBytesMax)).toString('utf8')
  let value: unknown
  try {
    value = parseGoJson(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new ApiError('invalid', `${prefix}${error.message}`)
  }
  if (value === null) return {}
  if (typeof value !== 'object' || Array.isArray(value))
    throw new ApiError('invalid', `${prefix}json: cannot unmarshal ${goKind(value)} into Go value`)
  return value as Members
}

/** A member that must be a text if it is there at all. */
export function textMember(members: Members, name: string, prefix: string): string | undefined {
  const value = members[name] ?? undefined
  if (value === undefined || typeof value === 'string') return value
  throw new ApiError(
    'invalid',
    `${prefix}json: cannot unmarshal ${goKind(value)} into Go struct field ${name} of type string`,
  )
}

export function numberMember(members: Members, name: string, prefix: string): number | undefined {
  const value = members[name] ?? undefined
  if (value === undefined) return undefined
  const number = Number(value)
  if ((typeof value === 'number' || typeof value === 'bigint') && Number.isSafeInteger(number)) return number
  throw new ApiError(
    'invalid',
    `${prefix}json: cannot unmarshal ${goKind(value)} into Go struct field ${name} of type int64`,
  )
}
