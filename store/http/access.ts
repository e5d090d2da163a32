import { ApiError } from '../../lib/errors.ts'
import { type AuthorizationDialect, tokenOf } from '../../lib/tokens/authorization.ts'
import { hashToken } from '../../lib/tokens/hash.ts'
import type { Metadata } from '../metadata/metadata.ts'
import { allows, type Wish, wishName } from '../metadata/permissions.ts'
import type { Authorization } from '../metadata/records.ts'

/**
 * Who sends a request.
 * @throws ApiError 401 without a known token, 403 when its user is switched off (1.x: 401)
 */
export function authenticate(
  metadata: Metadata,
  header: string | undefined,
  dialect: AuthorizationDialect = 'v2',
  query?: URLSearchParams,
): Authorization {
  const token = tokenOf(header, dialect, query)
  if (token === null) throw new ApiError('unauthorized', 'unauthorized access')
  const hash = hashToken(token).toString('hex')
  const found = metadata.all('authorization').find(({ tokenHash }) => tokenHash === hash)
  if (found === undefined) throw new ApiError('unauthorized', dialect === 'v1' ? 'Unauthorized' : 'unauthorized access')
  if (metadata.get('user', found.userId)?.status === 'inactive')
    throw dialect === 'v1'
      ? new ApiError('unauthorized', 'Unauthorized')
      : new ApiError('forbidden', 'User is inactive')
  return found
}

/** @throws ApiError 401 as InfluxDB's resource routes say it */
export function demand(authorization: Authorization, wish: Wish): void {
  if (allows(authorization, wish)) return
  throw new ApiError(
    'unauthorized',
    authorization.status === 'inactive' ? 'token is inactive' : `${wishName(wish)} is unauthorized`,
  )
}
