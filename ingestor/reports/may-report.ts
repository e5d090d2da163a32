import type { InfluxRequests } from '../../lib/http/influx-request.ts'
import { InfluxUnreachable } from '../../lib/http/influx-request.ts'

/** Nothing in it: what the store says of it is about bucket and rights alone. */
const nothingToStore = Buffer.from('# may reports be written here?\n')

/** Asks the store whether it would take points. @returns why not, null when it would */
export async function whyNotReport(store: InfluxRequests, org: string, bucket: string): Promise<string | null> {
  const path = `/api/v2/write?${new URLSearchParams({ org, bucket, precision: 'ns' })}`
  try {
    const { status, text } = await store.ask('POST', path, nothingToStore, { 'Content-Type': 'text/plain' })
    return status >= 200 && status < 300
      ? null
      : `the bucket ${bucket} takes no points, ${status}: ${text.slice(0, 300)}`
  } catch (error) {
    if (error instanceof InfluxUnreachable) return error.message
    throw error
  }
}
