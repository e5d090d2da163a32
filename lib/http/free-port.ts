import { createServer } from 'node:net'

/**
 * Below the ranges from which systems take the ports of outgoing connections (Linux 32768, others 49152): a port that is free
 * now can then not be gone a moment later because some program opened a connection.
 */
const from = 20_000
const to = 32_000
const attemptsMax = 500

/** Ports of the loopback address that nobody listens on now; all different. @throws Error when hardly any is free */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  for (let attempt = 0; ports.size < count; attempt++) {
    if (attempt === attemptsMax) throw new Error(`no ${count} free ports between ${from} and ${to}`)
    const port = from + Math.floor(Math.random() * (to - from))
    if (!ports.has(port) && (await isFree(port))) ports.add(port)
  }
  return [...ports]
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
