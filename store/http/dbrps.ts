import { ApiError } from '../../lib/errors.ts'
import { type Mapping, mappingsOf, withDefault } from '../metadata/dbrp.ts'
import type { Metadata } from '../metadata/metadata.ts'
import { allows } from '../metadata/permissions.ts'
import type { Action, Dbrp } from '../metadata/records.ts'
import { demand } from './access.ts'
import { checkedId, organizationNamed, organizationWithId, record } from './find.ts'
import { type Call, json, noContent, type Parts, parameters } from './parts.ts'
import { type Members, readJson, textMember } from './read-json.ts'

const prefix = 'failed to unmarshal json: '
/** Who may use a bucket may use its mappings. */
const wish = (action: Action, { bucketId, orgId }: Pick<Dbrp, 'bucketId' | 'orgId'>) =>
  ({ action, type: 'buckets', orgId, id: bucketId }) as const

const dbrpJson = ({ id, orgId, bucketId, database, policy, isDefault, virtual }: Mapping): Record<string, unknown> => ({
  id,
  database,
  retention_policy: policy,
  default: isDefault,
  virtual,
  orgID: orgId,
  bucketID: bucketId,
})

/** `GET /api/v2/dbrps`: those of an organization, by any of their members. */
export function listDbrps(c: Call, { metadata }: Parts): Response {
  const query = parameters(c)
  const fits: readonly (readonly [string, (mapping: Mapping) => string])[] = [
    ['id', ({ id }) => id],
    ['bucketID', ({ bucketId }) => bucketId],
    ['db', ({ database }) => database],
    ['rp', ({ policy }) => policy],
    ['default', ({ isDefault }) => String(isDefault)],
    ['virtual', ({ virtual }) => String(virtual)],
  ]
  const found = mappingsOf(metadata, organizationId(metadata, query))
    .filter((mapping) => fits.every(([name, of]) => (query.get(name) || of(mapping)) === of(mapping)))
    .filter((mapping) => allows(c.get('authorization'), wish('read', mapping)))
  return json({ content: found.map(dbrpJson) })
}

export function getDbrp(c: Call, { metadata }: Parts): Response {
  const orgId = organizationId(metadata, parameters(c))
  const id = checkedId(c.req.param('id')!)
  const found = mappingsOf(metadata, orgId).find((mapping) => mapping.id === id)
  if (found === undefined) throw missing()
  demand(c.get('authorization'), wish('read', found))
  return json({ content: dbrpJson(found) })
}

/** `POST /api/v2/dbrps`. */
export async function postDbrp(c: Call, parts: Parts): Promise<Response> {
  const { metadata } = parts
  const members = await readJson(c, parts, prefix)
  const database = checkedName('database', textMember(members, 'database', prefix) ?? '')
  const policy = checkedName('retentionPolicy', textMember(members, 'retention_policy', prefix) ?? '')
  const orgId = organizationId(
    metadata,
    new URLSearchParams({
      orgID: textMember(members, 'orgID', prefix) ?? '',
      org: textMember(members, 'org', prefix) ?? '',
    }),
  )
  const bucket = record(metadata, 'bucket', textMember(members, 'bucketID', prefix) ?? '')
  if (bucket.orgId !== orgId) throw new ApiError('not found', 'bucket not found')
  const put = { id: metadata.newId(), orgId, bucketId: bucket.id, database, policy, isDefault: isDefaultOf(members) }
  demand(c.get('authorization'), wish('write', put))
  refuseTwin(metadata, put)
  const changes = withDefault(metadata, put)
  await metadata.apply(changes)
  return json(dbrpJson({ ...metadata.get('dbrp', put.id)!, virtual: false }), 201)
}

/** `PATCH /api/v2/dbrps/ID`: its policy, and whether it is the default one. */
export async function patchDbrp(c: Call, parts: Parts): Promise<Response> {
  const { metadata } = parts
  const members = await readJson(c, parts, prefix)
  const found = made(c, metadata)
  demand(c.get('authorization'), wish('write', found))
  const policy = checkedName('retentionPolicy', textMember(members, 'retention_policy', prefix) ?? found.policy)
  const put = { ...found, policy, isDefault: members['default'] === undefined ? found.isDefault : isDefaultOf(members) }
  refuseTwin(metadata, put)
  await metadata.apply(withDefault(metadata, put))
  return json({ content: dbrpJson({ ...metadata.get('dbrp', put.id)!, virtual: false }) })
}

export async function deleteDbrp(c: Call, { metadata }: Parts): Promise<Response> {
  const found = made(c, metadata)
  demand(c.get('authorization'), wish('write', found))
  const heir = metadata
    .all('dbrp')
    .find(({ id, orgId, database }) => id !== found.id && orgId === found.orgId && database === found.database)
  await metadata.apply([
    { kind: 'dbrp', remove: found.id },
    ...(found.isDefault && heir !== undefined ? [{ kind: 'dbrp' as const, put: { ...heir, isDefault: true } }] : []),
  ])
  return noContent()
}

/** The mapping that an address names and somebody made: virtual ones come and go with their buckets. */
function made(c: Call, metadata: Metadata): Dbrp {
  const orgId = organizationId(metadata, parameters(c))
  const found = metadata.get('dbrp', checkedId(c.req.param('id')!))
  if (found?.orgId !== orgId) throw missing()
  return found
}

const missing = (): ApiError => new ApiError('not found', 'unable to find DBRP')

function organizationId(metadata: Metadata, query: URLSearchParams): string {
  const id = query.get('orgID') ?? ''
  if (id !== '') return organizationWithId(metadata, checkedId(id)).id
  const name = query.get('org') ?? ''
  if (name === '') throw new ApiError('invalid', "either 'org' or 'orgID' must be provided")
  return organizationNamed(metadata, name).id
}

function checkedName(what: string, name: string): string {
  if (/^[\w.-]+$/.test(name)) return name
  throw new ApiError(
    'invalid',
    `DBRP provided is invalid: ${what} must contain at least one character and only be letters, numbers, '_', '-', and '.'`,
  )
}

function isDefaultOf(members: Members): boolean {
  const value = members['default'] ?? false
  if (typeof value !== 'boolean') throw new ApiError('invalid', `${prefix}default must be true or false`)
  return value
}

function refuseTwin(metadata: Metadata, { id, orgId, database, policy }: Dbrp): void {
  const twin = metadata
    .all('dbrp')
    .some((one) => one.id !== id && one.orgId === orgId && one.database === database && one.policy === policy)
  if (twin) throw new ApiError('conflict', 'another DBRP mapping with same orgID, db, and rp exists')
}
