/** A well-behaved sender in a process of its own: ten lines every 20 ms over one kept connection. Told "cut", it hands over its latencies. */
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

const [url, token] = process.argv.slice(2) as [string, string]
const agent = new Agent({ keepAlive: true, maxSockets: 1 })
let latenciesMs: number[] = []
let refused = 0
let sent = 0

function send(body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const post = request(
      `${url}/api/v2/write?org=bench&bucket=plant_raw`,
      { method: 'POST', agent, headers: { Authorization: `Token ${token}`, 'Content-Length': body.length } },
      (response) => {
        response.resume()
        response.on('end', () => resolve(response.statusCode!))
      },
    )
    post.on('error', reject)
    post.end(body)
  })
}

process.on('message', () => {
  process.send?.({ latenciesMs, refused })
  latenciesMs = []
  refused = 0
})
process.on('disconnect', () => process.exit(0))

for (;;) {
  let body = ''
  for (let i = 0; i < 10; i++) body += `good,machine=M${i} v=${sent++} ${BigInt(Date.now()) * 1_000_000n + BigInt(i)}\n`
  const startedMs = performance.now()
  const status = await send(body).catch(() => 0)
  latenciesMs.push(performance.now() - startedMs)
  if (status !== 204) refused++
  await sleep(Math.max(0, 20 - (performance.now() - startedMs)))
}
