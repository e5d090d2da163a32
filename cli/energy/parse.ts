import { readEnergyEvents } from '../../ingestor/events/energy-events.ts'
import { isBad, type ReadEvent } from '../../ingestor/events/reading.ts'
import type { FieldValue } from '../../lib/line-protocol/decode.ts'
import { formatInstant } from '../../lib/time/instant.ts'
import type { Call } from '../command.ts'
import { openInput } from '../input.ts'
import { counted, printRecords } from '../print-table.ts'

/** Lists are as long as the sensor likes: people see how many items they have, programs see the items. */
const lists = { peak: 'peaks', fft_re: 'fft_re', fft_im: 'fft_im' } as const

/** `plantwatch energy parse`: what the ingestor would make of a file, without one. */
export async function run({ arguments: [file], json }: Call): Promise<void> {
  const input = await openInput('file of events', undefined, file === '-' ? undefined : file)
  const parts: Buffer[] = []
  if (typeof input !== 'string') for await (const part of input) parts.push(part as Buffer)
  const readings = [...readEnergyEvents(Buffer.concat(parts))]
  const events = readings.filter((reading) => !isBad(reading)) as ReadEvent[]
  const bad = readings.filter(isBad)
  const rejected = bad.map(({ line, index, reason }) => ({ ...(index === undefined ? { line } : { index }), reason }))
  if (json) console.log(JSON.stringify({ events: events.map(whole), rejected }))
  else {
    printRecords(events.map(short))
    console.log(`\n${counted(events.length, 'event')}, ${bad.length} rejected`)
    for (const { line, index, reason } of bad)
      console.error(`${index === undefined ? `line ${line}` : `event ${index}`}: ${reason}`)
  }
  if (bad.length > 0) process.exitCode = 1
}

const plain = (value: FieldValue): unknown => (typeof value === 'bigint' ? Number(value) : value)
const timeOf = ({ timeNs }: ReadEvent): string | null => (timeNs === null ? null : formatInstant(timeNs))

const whole = (event: ReadEvent): Readonly<Record<string, unknown>> => ({
  time: timeOf(event),
  ...Object.fromEntries(event.tags),
  ...Object.fromEntries(event.fields.map(([name, value]) => [name, plain(value)])),
})

function short(event: ReadEvent): Readonly<Record<string, unknown>> {
  const row: Record<string, unknown> = { time: timeOf(event), ...Object.fromEntries(event.tags) }
  for (const [name, value] of event.fields) {
    const list = lists[name.replace(/_\d+$/, '') as keyof typeof lists]
    if (list === undefined || !/_\d+$/.test(name)) row[name] = plain(value)
    else row[list] = ((row[list] as number | undefined) ?? 0) + 1
  }
  return row
}
