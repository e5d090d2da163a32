import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

/** What the proxy does with a request, decided as it comes in. */
export type Fault =
  | { readonly kind: 'pass' }
  /** Answers by itself; the store never sees the request. */
  | {
      readonly kind: 'answer'
      readonly status: number
      readonly body?: string
      readonly headers?: Record<string, string>
    }
  /** The store gets it and does it; its answer is lost. */
  | { readonly kind: 'lose the answer' }
  /** The connection is cut before anything reaches the store. */
  | { readonly kind: 'reset' }
  /** No answer ever, until the proxy is closed or the sender leaves. */
  | { readonly kind: 'hang' }
  /** Half an answer, and then no more of it: not a byte, or one every so often. */
  | { readonly kind: 'stall'; readonly status: number; readonly dripMs?: number }
  /** Passed on after a while. */
  | { readonly kind: 'delay'; readonly ms: number }

export interface SeenRequest {
  readonly method: string
  readonly path: string
  readonly body: Buffer
}

export interface FaultProxy {
  readonly url: string
  /** Every request that came in, in order, whatever was done with it. */
  readonly seen: readonly SeenRequest[]
  /** Replaced by tests; asked for each request. */
  decide: (request: SeenRequest, index: number) => Fault
  close(): Promise<void>
}

/** Stands before a store and does to requests what networks and databases do on bad days. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const seen: SeenRequest[] = []
  const sockets = new Set<Socket>()
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const one: SeenRequest = { method: request.method!, path: request.url!, body: Buffer.concat(parts) }
    const fault = proxy.decide(one, seen.push(one) - 1)
    if (fault.kind === 'reset') return void request.socket.destroy()
    if (fault.kind === 'hang') return
    if (fault.kind === 'stall') {
      const body = JSON.stringify({ code: 'internal error', message: 'x'.repeat(10_000) })
      response.writeHead(fault.status, { 'Content-Type': 'application/json', 'Content-Length': body.length })
      response.write(body.slice(0, body.length / 2))
      const drip = fault.dripMs === undefined ? undefined : setInterval(() => response.write('x'), fault.dripMs)
      response.once('close', () => clearInterval(drip))
      return
    }
    if (fault.kind === 'answer') {
      response.writeHead(fault.status, { 'Content-Type': 'application/json', ...fault.headers }).end(fault.body ?? '')
      return
    }
    if (fault.kind === 'delay') await new Promise((resolve) => setTimeout(resolve, fault.ms))
    const headers = new Headers()
    for (const [name, value] of Object.entries(request.headers))
      if (typeof value === 'string' && !/^(connection|host|content-length|transfer-encoding|keep-alive)$/.test(name))
        headers.set(name, value)
    const hasBody = one.method !== 'GET' && one.method !== 'HEAD'
    const answer = await fetch(target + one.path, {
      method: one.method,
      headers,
      ...(hasBody ? { body: new Uint8Array(one.body) } : {}),
      redirect: 'manual',
    })
    const body = Buffer.from(await answer.arrayBuffer())
    if (fault.kind === 'lose the answer') return void request.socket.destroy()
    const passed = Object.fromEntries(
      [...answer.headers].filter(
        ([name]) => !/^(content-encoding|content-length|transfer-encoding|connection)$/.test(name),
      ),
    )
    response.writeHead(answer.status, passed).end(body)
  }
  const server = createServer((request, response) => {
    handle(request, response).catch(() => request.socket.destroy())
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const proxy: FaultProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    decide: () => ({ kind: 'pass' }),
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
  return proxy
}
