import { UsageError } from '../../lib/errors.ts'
import { InfluxRequests, InfluxUnreachable } from '../../lib/http/influx-request.ts'

/**
 * Whether the database at INFLUX_URL is one that we can work with: any InfluxDB 2 that speaks Flux.
 * @throws UsageError that says what was met instead
 */
export async function checkStore(url: string, token: string): Promise<void> {
  const requests = new InfluxRequests({ url, token }, 15_000)
  try {
    const ping = await requests.ask('GET', '/health')
    if (ping.status === 401)
      throw new UsageError(
        `${url} refuses even /health: InfluxDB 3 does that. Version 3 and Cloud Serverless have no Flux; plantwatch needs an InfluxDB 2`,
      )
    const version = (() => {
      try {
        return String((JSON.parse(ping.text) as { version?: unknown }).version ?? '')
      } catch {
        return ''
      }
    })()
    if (/^v?3\./.test(version))
      throw new UsageError(
        `${url} is InfluxDB ${version}, which has no Flux; plantwatch needs an InfluxDB 2 (OSS 2.x, Cloud with TSM storage, or Enterprise by its 2.x API)`,
      )
  } catch (error) {
    if (error instanceof InfluxUnreachable)
      throw new UsageError(`the InfluxDB at INFLUX_URL cannot be reached: ${error.message}`)
    throw error
  } finally {
    requests.close()
  }
}
