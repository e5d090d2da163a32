import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest, Agent as SecureAgent } from 'node:https'

/** Where an InfluxDB 2 API is, and who asks. */
export interface InfluxAt {
  readonly url: string
  readonly token: string
  readonly org: string
  /** The raw bucket. */
  readonly bucket: string
}

export interface RawAnswer {
  readonly status: number
  readonly text: string
}

/** It could not be reached, or broke off before its answer was whole: whether it did the work is not known. */
export class InfluxUnreachable extends Error {
  override readonly name = 'InfluxUnreachable'
}

/** Plain requests to an InfluxDB 2 API over kept connections, with bodies as they are and no retries of its own. */
export class InfluxRequests {
  readonly #base: URL
  readonly #agent: Agent

  constructor(
    readonly influx: Pick<InfluxAt, 'url' | 'token'>,
    readonly timeoutMs: number,
    connectionsMax = 16,
  ) {
    this.#base = new URL(influx.url)
    const options = { keepAlive: true, maxSockets: connectionsMax, scheduling: 'lifo' } as const
    this.#agent = this.#base.protocol === 'https:' ? new SecureAgent(options) : new Agent(options)
  }

  /** @throws InfluxUnreachable */
  async ask(
    method: string,
    path: string,
    body?: Uint8Array,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<RawAnswer> {
    try {
      return await this.#once(method, path, body, headers)
    } catch (error) {
      // The other side may close a kept connection just as we begin to use it: that request never began.
      if (error instanceof StaleConnection) return this.#once(method, path, body, headers)
      throw error
    }
  }

  close(): void {
    this.#agent.destroy()
  }

  #once(
    method: string,
    path: string,
    body: Uint8Array | undefined,
    headers: Readonly<Record<string, string>>,
  ): Promise<RawAnswer> {
    return new Promise((resolve, reject) => {
      const send = this.#base.protocol === 'https:' ? httpsRequest : httpRequest
      const request = send({
        agent: this.#agent,
        protocol: this.#base.protocol,
        hostname: this.#base.hostname.replace(/^\[|\]$/g, ''),
        port: this.#base.port,
        path: this.#base.pathname.replace(/\/$/, '') + path,
        method,
        headers: { Authorization: `Token ${this.influx.token}`, 'Content-Length': body?.length ?? 0, ...headers },
      })
      const cutOff = setTimeout(
        () => request.destroy(new Error(`no answer within ${this.timeoutMs} ms`)),
        this.timeoutMs,
      )
      request.on('error', (error: NodeJS.ErrnoException) => {
        clearTimeout(cutOff)
        const stale = request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE')
        const message = `${this.influx.url}: ${error.message}`
        reject(stale ? new StaleConnection(message) : new InfluxUnreachable(message, { cause: error }))
      })
      request.on('response', (response: IncomingMessage) => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part))
        response.on('error', (error) => {
          clearTimeout(cutOff)
          reject(new InfluxUnreachable(`${this.influx.url}: ${error.message}`, { cause: error }))
        })
        response.on('end', () => {
          clearTimeout(cutOff)
          resolve({ status: response.statusCode!, text: Buffer.concat(parts).toString('utf8') })
        })
      })
      request.end(body)
    })
  }
}

class StaleConnection extends InfluxUnreachable {}
