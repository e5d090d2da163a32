import { ApiError } from '../../lib/errors.ts'
import { findBucket } from '../metadata/buckets.ts'
import type { Metadata } from '../metadata/metadata.ts'
import type { Bucket, Kind, Organization, Records } from '../metadata/records.ts'

/** @throws ApiError for anything but 16 hexadecimal digits that are not all zero */
export function checkedId(text: string): string {
  if (text.length !== 16) throw new ApiError('invalid', 'id must have a length of 16 bytes')
  if (!/^[0-9a-f]{16}$/.test(text) || /^0+$/.test(text)) throw new ApiError('invalid', 'invalid ID')
  return text
}

/** The organization of a write, a query or a delete: `orgID` wins over `org`, which is a name or an id. @throws ApiError */
export function organizationOf(metadata: Metadata, query: URLSearchParams): Organization {
  const id = query.get('orgID') ?? ''
  if (id !== '') return organizationWithId(metadata, checkedId(id))
  const org = query.get('org') ?? ''
  if (org === '') throw new ApiError('invalid', 'Please provide either orgID or org')
  return metadata.get('organization', org) ?? organizationNamed(metadata, org)
}

export function organizationNamed(metadata: Metadata, name: string): Organization {
  const found = metadata.all('organization').find((organization) => organization.name === name)
  if (found === undefined) throw new ApiError('not found', `organization name "${name}" not found`)
  return found
}

export function organizationWithId(metadata: Metadata, id: string): Organization {
  return found(metadata.get('organization', id), 'organization')
}

/** The bucket of a write or a delete, by name or id. @throws ApiError 404 */
export function bucketOf(metadata: Metadata, orgId: string, nameOrId: string): Bucket {
  if (nameOrId === '') throw new ApiError('not found', 'bucket not found')
  const bucket = findBucket(metadata, orgId, nameOrId)
  if (bucket === undefined) throw new ApiError('not found', `bucket "${nameOrId}" not found`)
  return bucket
}

/** The record that an address names by its id. @throws ApiError */
export const record = <K extends Kind>(metadata: Metadata, kind: K, id: string): Records[K] =>
  found(metadata.get(kind, checkedId(id)), kind)

function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new ApiError('not found', `${what} not found`)
  return value
}
