import { readdirSync, readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { basename, dirname, join } from 'node:path'

export interface SteadyLoad {
  readonly url: string
  readonly token: string
  /** As `writeBodies` says. */
  readonly bodies: string
  readonly requestsPerSecond: number
  readonly seconds: number
  readonly connections: number
}

export interface SteadyResult {
  readonly requests: number
  readonly refused: number
  /** From when a request was due to its answer, milliseconds; sorted. */
  readonly latenciesMs: Float64Array
}

/** What is due when no connection is free waits, and its time runs. */
class Sender {
  dueMs = 0
  isBusy = false
  constructor(readonly socket: Socket) {}
}

/**
 * Sends requests at a steady pace, whether or not the ones before are answered (an open loop): a server that stands still for a
 * moment is seen by everything that was due then.
 */
export async function runSteadyLoad(load: SteadyLoad): Promise<SteadyResult> {
  const { hostname, port, pathname, search } = new URL(load.url)
  const folder = dirname(load.bodies)
  const requests = readdirSync(folder)
    .filter((name) => name.startsWith(`${basename(load.bodies)}.`) && name.endsWith('.lp'))
    .map((name) => {
      const body = readFileSync(join(folder, name))
      const head = `POST ${pathname}${search} HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Token ${load.token}\r\nContent-Length: ${body.length}\r\n\r\n`
      return Buffer.concat([Buffer.from(head), body])
    })
  const total = Math.floor(load.requestsPerSecond * load.seconds)
  const latenciesMs = new Float64Array(total)
  let answered = 0
  let refused = 0
  const free: Sender[] = []
  const senders = await Promise.all(
    Array.from(
      { length: load.connections },
      () =>
        new Promise<Sender>((resolve, reject) => {
          const socket = connect(Number(port), hostname, () => resolve(new Sender(socket)))
          socket.setNoDelay(true)
          socket.on('error', reject)
        }),
    ),
  )
  await new Promise<void>((resolve, reject) => {
    for (const sender of senders) {
      free.push(sender)
      sender.socket.on('data', (part: Buffer) => {
        if (!sender.isBusy) return
        sender.isBusy = false
        if (!part.toString('latin1', 0, 12).endsWith(' 204')) refused++
        latenciesMs[answered++] = performance.now() - sender.dueMs
        free.push(sender)
        if (answered === total) resolve()
      })
      sender.socket.on('close', () => reject(new Error('the server closed a connection')))
    }
    const everyMs = 1_000 / load.requestsPerSecond
    const startMs = performance.now()
    let sent = 0
    const send = (): void => {
      const nowMs = performance.now()
      while (sent < total && startMs + sent * everyMs <= nowMs && free.length > 0) {
        const sender = free.pop()!
        sender.dueMs = startMs + sent * everyMs
        sender.isBusy = true
        sender.socket.write(requests[sent % requests.length]!)
        sent++
      }
      if (answered < total) setImmediate(send)
    }
    send()
  })
  for (const { socket } of senders) {
    socket.removeAllListeners('close')
    socket.destroy()
  }
  return { requests: total, refused, latenciesMs: latenciesMs.sort() }
}
