import { ApiError } from '../../lib/errors.ts'
import { parseInstant } from '../../lib/time/instant.ts'
import type { Series } from '../duckdb/series.ts'
import { goKind } from '../flux/go-json.ts'
import { allows } from '../metadata/permissions.ts'
import { parseDeletePredicate, type TagRule } from './delete-predicate.ts'
import { bucketOf, organizationOf } from './find.ts'
import { type Call, noContent, type Parts, parameters } from './parts.ts'
import { type Members, readJson } from './read-json.ts'

const prefix = 'error decoding json body: '

/** `POST /api/v2/delete`: points of a time range, both ends included, whose series fit a predicate. */
export async function deletePoints(c: Call, parts: Parts): Promise<Response> {
  const members = await readJson(c, parts, prefix)
  const startNs = timeMember(members, 'start', '2009-01-02T23:00:00Z')
  const stopNs = timeMember(members, 'stop', '2009-01-01T23:00:00Z')
  const rules = parseDeletePredicate(memberText(members, 'predicate'))
  const query = parameters(c)
  const { id: orgId } = organizationOf(parts.metadata, query)
  const nameOrId = query.get('bucketID') || query.get('bucket') || ''
  if (nameOrId === '') throw new ApiError('invalid', 'Please provide either bucketID or bucket')
  const bucket = bucketOf(parts.metadata, orgId, nameOrId)
  if (!allows(c.get('authorization'), { action: 'write', type: 'buckets', orgId, id: bucket.id }))
    throw new ApiError('forbidden', 'insufficient permissions to delete')
  if (startNs <= stopNs) await parts.engine.deletePoints(bucket.id, startNs, stopNs, (series) => fits(series, rules))
  return noContent()
}

/** `_field != …`, `_value` and `_time` are taken for tags, which no series has. */
const fits = ({ tags, measurement }: Series, rules: readonly TagRule[]): boolean =>
  rules.every(({ tag, operator, value }) => {
    const found = tag === '_measurement' ? measurement : tag === '_field' ? undefined : tagValue(tags, tag)
    return found !== undefined && (operator === '=' ? found === value : found !== value)
  })

const tagValue = (tags: Series['tags'], tag: string): string | undefined => tags.find(([name]) => name === tag)?.[1]

function memberText(members: Members, name: string): string {
  const value = members[name] ?? ''
  if (typeof value === 'string') return value
  throw new ApiError(
    'invalid',
    `${prefix}Invalid delete predicate node request: json: cannot unmarshal ${goKind(value)} into Go struct field deleteRequestDecode.${name} of type string`,
  )
}

function timeMember(members: Members, name: string, example: string): bigint {
  const text = memberText(members, name)
  const ns = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text) ? parseInstant(text) : null
  if (ns !== null) return ns
  const year = /^(\d{4})-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.exec(text)?.[1]
  if (year !== undefined && (Number(year) < 1679 || Number(year) > 2261))
    throw new ApiError(
      'invalid',
      Number(year) < 1679
        ? `${prefix}invalid ${name} time, ${name} time must not be before 1677-09-21T00:12:43.145224194Z`
        : `${prefix}invalid ${name} time, ${name} time must not be after 2262-04-11T23:47:16.854775806Z`,
    )
  throw new ApiError(
    'invalid',
    `${prefix}invalid RFC3339Nano for field ${name}, please format your time with RFC3339Nano format, example: ${example}`,
  )
}
