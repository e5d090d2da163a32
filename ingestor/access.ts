import { ApiError } from '../lib/errors.ts'
import { type AuthorizationDialect, tokenOf } from '../lib/tokens/authorization.ts'
import { hashToken, sameHash } from '../lib/tokens/hash.ts'

/** Who may write. */
export interface Access {
  /**
   * @returns an id that stands for the sender in logs and counts
   * @throws ApiError 401 in InfluxDB's words
   */
  check(authorization: string | undefined, dialect: AuthorizationDialect, query: URLSearchParams): string
}

/** Access for the owner of the operator's token, and for nobody else. */
export function operatorAccess(operatorToken: string): Access {
  const known = hashToken(operatorToken)
  return {
    check(authorization, dialect, query) {
      const token = tokenOf(authorization, dialect, query)
      if (token !== null && sameHash(hashToken(token), known)) return 'operator'
      throw new ApiError('unauthorized', dialect === 'v1' && token !== null ? 'Unauthorized' : 'unauthorized access')
    },
  }
}
