import { bucketsOf } from './buckets.ts'
import type { Change, Metadata } from './metadata.ts'
import type { Bucket, Dbrp } from './records.ts'

/** A mapping of a 1.x database and retention policy; virtual ones follow from the names of buckets. */
export type Mapping = Dbrp & { readonly virtual: boolean }

/** All mappings of an organization: those that were made, then those of buckets' names that no made one hides. */
export function mappingsOf(metadata: Metadata, orgId: string): Mapping[] {
  const made = metadata
    .all('dbrp')
    .filter((one) => one.orgId === orgId)
    .map((one) => ({ ...one, virtual: false }))
  const virtual = bucketsOf(metadata, orgId)
    .map(ownMapping)
    .filter(({ database, policy }) => !made.some((one) => one.database === database && one.policy === policy))
  return [...made, ...virtual]
}

/** A bucket `x` is database `x` with the policy `autogen`, a bucket `x/y` is policy `y` of `x`, and never the default one. */
function ownMapping({ id, orgId, name }: Bucket): Mapping {
  const slash = name.indexOf('/')
  return {
    id,
    orgId,
    bucketId: id,
    database: slash < 0 ? name : name.slice(0, slash),
    policy: slash < 0 ? 'autogen' : name.slice(slash + 1),
    isDefault: slash < 0,
    virtual: true,
  }
}

/** Where 1.x writes and reads of a database go. @param policy '' takes the database's default one */
export function mappingFor(metadata: Metadata, orgId: string, database: string, policy: string): Mapping | undefined {
  return mappingsOf(metadata, orgId).find(
    (one) => one.database === database && (policy === '' ? one.isDefault : one.policy === policy),
  )
}

/** A database has one default policy among the mappings that were made: the changes that see to it. */
export function withDefault(metadata: Metadata, put: Dbrp): Change[] {
  const others = metadata
    .all('dbrp')
    .filter(({ id, orgId, database }) => id !== put.id && orgId === put.orgId && database === put.database)
  if (!put.isDefault) return [{ kind: 'dbrp', put: { ...put, isDefault: !others.some(({ isDefault }) => isDefault) } }]
  const changes: Change[] = [{ kind: 'dbrp', put }]
  for (const other of others) if (other.isDefault) changes.push({ kind: 'dbrp', put: { ...other, isDefault: false } })
  return changes
}
