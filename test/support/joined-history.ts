import { ContextBook } from '../../ingestor/context/book.ts'
import { encodeContext } from '../../ingestor/context/interval.ts'
import type { DemoPlant } from '../../simulator/demo-plant.ts'

const dayMs = 86_400_000
const nsOf = (ms: number): bigint => BigInt(ms) * 1_000_000n

/** The demo plant's lines as they lie in the store once an ingestor has joined what ran; for tests that write to a store directly. */
export function* joinedHistory(plant: DemoPlant, fromMs: number, toMs: number, linesPerBatch: number) {
  const book = new ContextBook()
  // What ran at the beginning began before it, by a day at most.
  const intervals = plant.contextIntervals(fromMs - dayMs, toMs)
  book.put(intervals.map(({ fromMs: from, toMs: to, ...said }) => ({ ...said, fromNs: nsOf(from), toNs: nsOf(to) })))
  const joined = (line: string): string => {
    const end = line.indexOf(' ')
    const series = line.slice(0, end)
    const machine = /,machine=([^,]+)/.exec(series)?.[1]
    if (machine === undefined || series.includes(',lot=')) return line
    const values = book.at(machine, nsOf(Number(line.slice(line.lastIndexOf(' ') + 1))))
    return values === null ? line : `${series}${encodeContext(values)}${line.slice(end)}`
  }
  for (const { text } of plant.history(fromMs, toMs, linesPerBatch))
    yield text.split('\n').slice(0, -1).map(joined).join('\n')
}
