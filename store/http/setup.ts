import { ApiError } from '../../lib/errors.ts'
import { isSetUp, setUp } from '../metadata/setup.ts'
import { bucketJson, organizationJson, userJson } from './json-of.ts'
import { type Call, json, type Parts, resource } from './parts.ts'
import { type Members, numberMember, readJson, textMember } from './read-json.ts'

export const isSetupAllowed = ({ metadata }: Parts): Response => json({ allowed: !isSetUp(metadata) })

/**
 * `POST /api/v2/setup`: the first user, organization, bucket and token. The password is asked for as InfluxDB asks, and not kept:
 * signing in with one is not there.
 */
export async function postSetup(c: Call, parts: Parts): Promise<Response> {
  const { metadata } = parts
  // InfluxDB answers a body that it cannot read with 500.
  const members = await readJson(c, parts, '').catch((error: unknown) => {
    throw error instanceof ApiError ? new ApiError('internal error', error.message) : error
  })
  if (isSetUp(metadata)) throw new ApiError('conflict', 'onboarding has already been completed')
  const text = (name: string): string => textMember(members, name, '') ?? ''
  const [username, org, bucket, password] = [text('username'), text('org'), text('bucket'), text('password')]
  const missing = Object.entries({ username, org, bucket }).flatMap(([name, value]) => (value === '' ? name : []))
  if (missing.length > 0)
    throw new ApiError('unprocessable entity', `onboarding failed: missing required fields [${missing.join(',')}]`)
  if (password !== '' && (password.length < 8 || Buffer.byteLength(password) > 72))
    throw new ApiError('invalid', 'passwords must be between 8 and 72 characters long')
  const token = text('token')
  const made = await setUp(metadata, {
    username,
    org,
    bucket,
    token: token === '' ? null : token,
    retentionSeconds: retentionOf(members),
  })
  const { id, status, description, orgId, userId, permissions, createdAt, updatedAt, tokenHash } = made.authorization
  return resource(
    {
      user: userJson(made.user),
      bucket: bucketJson(made.bucket),
      org: organizationJson(made.organization),
      auth: {
        id,
        token: made.token,
        hashedToken: `$influxdb2-sha256$${Buffer.from(tokenHash, 'hex').toString('base64url')}`,
        status,
        description,
        orgID: orgId,
        userID: userId,
        permissions,
        createdAt,
        updatedAt,
        links: { self: `/api/v2/authorizations/${id}`, user: `/api/v2/users/${userId}` },
      },
    },
    201,
  )
}

function retentionOf(members: Members): number {
  const seconds = numberMember(members, 'retentionPeriodSeconds', '') ?? 0
  if (members['retentionPeriodHrs'] !== undefined && members['retentionPeriodSeconds'] === undefined)
    throw new ApiError(
      'invalid',
      'retentionPeriodHrs is not supported by the embedded store: give retentionPeriodSeconds',
    )
  if (seconds !== 0 && seconds < 3_600)
    throw new ApiError('internal error', 'retention policy duration must be at least 1h0m0s')
  return seconds
}
