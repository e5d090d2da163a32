import type { Readable } from 'node:stream'
import type { Call } from './command.ts'
import { openInput } from './input.ts'
import { ask, findServer } from './server.ts'

/** A request's body ends at the last line end before this many bytes; a longer line makes a longer body. */
const requestBytes = 4 << 20

/** `plantwatch write`. */
export async function run({ values, arguments: [lines], options, json }: Call): Promise<void> {
  const server = await findServer(values)
  const input = await openInput('line protocol', lines, options['file'] as string | undefined)
  const query = new URLSearchParams({ org: values.influxOrg, bucket: values.influxBucket })
  query.set('precision', (options['precision'] as string | undefined) ?? 'ns')
  let bytes = 0
  let requests = 0
  for await (const body of bodies(input)) {
    await ask(server, `/api/v2/write?${query}`, { method: 'POST', body })
    bytes += body.length
    requests++
  }
  if (json) console.log(JSON.stringify({ bytes, requests }))
  else console.log(`${bytes} bytes written to ${values.influxBucket}`)
}

async function* bodies(input: string | Readable): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  if (typeof input === 'string') {
    yield new Uint8Array(Buffer.from(input))
    return
  }
  let held: Buffer[] = []
  let heldBytes = 0
  for await (const part of input) {
    held.push(part as Buffer)
    heldBytes += (part as Buffer).length
    if (heldBytes < requestBytes) continue
    const all = Buffer.concat(held)
    const end = all.lastIndexOf(10) + 1
    if (end === 0) {
      held = [all]
      continue
    }
    yield new Uint8Array(all.subarray(0, end))
    held = [all.subarray(end)]
    heldBytes = all.length - end
  }
  if (heldBytes > 0) yield new Uint8Array(Buffer.concat(held))
}
