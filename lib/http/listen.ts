import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

export interface Listening {
  /** With the address as others reach it: `http://127.0.0.1:8087`. */
  readonly url: string
  readonly port: number
  readonly server: Server
  /** Takes no more requests, lets open ones finish for up to `graceMs`, then cuts them off. */
  close(graceMs?: number): Promise<void>
}

/** Reads connections before Node's HTTP server does, and keeps those that it serves itself. */
export interface ConnectionFront {
  /** @param handOver what it does not serve goes on to Node's HTTP server, with what was read of it */
  take(socket: Socket, handOver: (socket: Socket, read: Buffer) => void): void
  /** Closes what asks for nothing now, and each other connection after its answer. */
  closeIdle(): void
  close(): void
}

export interface ListenOptions {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** What the port is for, in the sentence that says it is taken. */
  readonly what: string
  /** How long a request may take from its first byte to its last; 0 or unsaid: as long as it likes. */
  readonly requestTimeoutMs?: number
  /** Connections at once; one more is answered 503 and closed. Unsaid: as many as come. */
  readonly connectionsMax?: number
  readonly front?: ConnectionFront
}

/** How often Node looks for requests that take too long. */
const checkEveryMs = 1_000
/** How long a connection is kept that asks for nothing. */
export const keepAliveMs = 65_000

/** Listens; the promise resolves when connections are accepted. @throws Error that says which port is taken, and what to do */
export async function listen(
  listener: (request: IncomingMessage, response: ServerResponse) => void,
  options: ListenOptions,
): Promise<Listening> {
  const { requestTimeoutMs = 0, connectionsMax = Number.POSITIVE_INFINITY, front } = options
  // Closed by then, not found by then, also when there are thousands and the machine is busy.
  const requestTimeout =
    requestTimeoutMs === 0 ? 0 : Math.max(requestTimeoutMs / 2, requestTimeoutMs - 5 * checkEveryMs)
  const headersTimeout = requestTimeout === 0 ? 60_000 : Math.min(60_000, requestTimeout)
  const server = createServer(
    { keepAliveTimeout: keepAliveMs, requestTimeout, headersTimeout, connectionsCheckingInterval: checkEveryMs },
    listener,
  )
  const sockets = new Set<Socket>()
  const full = tooManyConnections(connectionsMax)
  // What is over the limit never comes to the HTTP parser: a request that was told 503 must not be served after all.
  const serve = server.listeners('connection')
  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) => {
    if (sockets.size >= connectionsMax) {
      refuse(socket, full)
      return
    }
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    if (front === undefined) toNode(socket)
    else front.take(socket, handOver)
  })
  const toNode = (socket: Socket): void => {
    for (const one of serve) one.call(server, socket)
  }
  const handOver = (socket: Socket, read: Buffer): void => {
    // Nothing may come between what was read and what the parser reads itself.
    socket.pause()
    socket.unshift(read)
    toNode(socket)
    socket.resume()
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, resolve)
  }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE')
      throw new Error(
        `port ${options.port} is taken by another program: give the ${options.what} another one with --port`,
        {
          cause: error,
        },
      )
    if (error.code === 'EACCES' || error.code === 'EADDRNOTAVAIL')
      throw new Error(`the ${options.what} may not listen on ${options.host}, port ${options.port}: ${error.message}`, {
        cause: error,
      })
    throw error
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://${reachable(options.host)}:${port}`,
    port,
    server,
    close: (graceMs) => close(server, front, sockets, graceMs),
  }
}

/** Says why in one write and hangs up; what the other side says is not read. */
function refuse(socket: Socket, answer: string): void {
  socket.on('error', () => {})
  socket.end(answer, () => socket.destroy())
}

function tooManyConnections(connectionsMax: number): string {
  const body = JSON.stringify({
    code: 'unavailable',
    message: `there are ${connectionsMax} connections, as many as may be; close some, or try again later`,
  })
  return `HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json; charset=utf-8\r\nX-Platform-Error-Code: unavailable\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`
}

const reachable = (host: string): string =>
  host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host

async function close(
  server: Server,
  front: ConnectionFront | undefined,
  sockets: ReadonlySet<Socket>,
  graceMs = 3_000,
): Promise<void> {
  if (!server.listening) return
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  const closeIdle = (): void => {
    server.closeIdleConnections()
    front?.closeIdle()
  }
  closeIdle()
  // A connection that answers its last request now turns idle only later, and would be kept for its keep-alive time.
  const idle = setInterval(closeIdle, 50)
  const cutOff = setTimeout(() => {
    for (const socket of sockets) socket.destroy()
  }, graceMs)
  await closed
  clearTimeout(cutOff)
  clearInterval(idle)
  front?.close()
}
