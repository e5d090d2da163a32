/** How a token may come with a request. */
export type AuthorizationDialect =
  /** `Token t` or `Bearer t`. */
  | 'v2'
  /** `Token t`, `Token user:t`, Basic `user:t`, or the parameters `u` and `p`; no Bearer. */
  | 'v1'

/**
 * The token that a request carries, by InfluxDB's rules: the scheme in any case, one blank, blanks at the end cut.
 * @param query parameters of the address, for 1.x: where both `u` and `p` are there, no header counts
 * @returns null when there is none
 */
export function tokenOf(
  authorization: string | undefined,
  dialect: AuthorizationDialect = 'v2',
  query?: URLSearchParams,
): string | null {
  if (dialect === 'v1' && query?.get('u') && query.get('p')) return query.get('p')
  if (authorization !== undefined) {
    const match = /^([A-Za-z]+) (.*?)\s*$/.exec(authorization)
    if (match === null) return null
    const scheme = match[1]!.toLowerCase()
    const rest = match[2]!
    if (dialect === 'v2') return (scheme === 'token' || scheme === 'bearer') && rest !== '' ? rest : null
    if (scheme === 'token') return afterColon(rest) || null
    if (scheme !== 'basic') return null
    const pair = Buffer.from(rest, 'base64').toString('utf8')
    return pair.includes(':') ? afterColon(pair) || null : null
  }
  return null
}

const afterColon = (text: string): string => text.slice(text.indexOf(':') + 1)
