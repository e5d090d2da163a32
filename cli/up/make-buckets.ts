import { InfluxRequests } from '../../lib/http/influx-request.ts'
import { bucketNames, bucketRoles, buckets } from '../../lib/schema/buckets.ts'

export interface StoreAt {
  readonly url: string
  readonly token: string
  readonly org: string
  readonly bucket: string
}

/**
 * Makes the buckets that are not there; those that are stay as they are, whatever their retention.
 * @param tokenSetting where the token comes from, for the error
 * @returns names of the buckets made
 * @throws Error in the store's own words, and what to do where that is known
 */
export async function makeBuckets(
  store: StoreAt,
  tokenSetting: 'INFLUX_TOKEN' | 'PLANTWATCH_TOKEN' = 'INFLUX_TOKEN',
): Promise<readonly string[]> {
  const requests = new InfluxRequests(store, 20_000)
  try {
    const orgs = await requests.ask('GET', `/api/v2/orgs?${new URLSearchParams({ org: store.org })}`)
    if (orgs.status === 401 || orgs.status === 403)
      throw new Error(`${store.url} refuses the token: check ${tokenSetting}`)
    const orgId = (JSON.parse(orgs.text) as { orgs?: readonly { id: string }[] }).orgs?.[0]?.id
    if (orgs.status !== 200 || orgId === undefined)
      throw new Error(`${store.url} has no organization "${store.org}", or the token may not see it: check INFLUX_ORG`)
    const made: string[] = []
    const names = bucketNames(store.bucket)
    for (const role of bucketRoles) {
      const { retentionSeconds, holds } = buckets[role]
      const body = {
        orgID: orgId,
        name: names[role],
        description: holds,
        retentionRules: retentionSeconds === 0 ? [] : [{ type: 'expire', everySeconds: retentionSeconds }],
      }
      const known = await requests.ask(
        'GET',
        `/api/v2/buckets?${new URLSearchParams({ org: store.org, name: body.name })}`,
      )
      if (known.status === 200 && (JSON.parse(known.text) as { buckets: readonly unknown[] }).buckets.length > 0)
        continue
      const answer = await requests.ask('POST', '/api/v2/buckets', Buffer.from(JSON.stringify(body)), {
        'Content-Type': 'application/json',
      })
      if (answer.status === 201) made.push(body.name)
      // 422 conflict: somebody else made it a moment ago.
      else if (answer.status !== 422)
        throw new Error(`${store.url} did not make the bucket "${body.name}": ${answer.text}`)
    }
    return made
  } finally {
    requests.close()
  }
}
