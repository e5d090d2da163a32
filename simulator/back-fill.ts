import type { DemoPlant } from './demo-plant.ts'
import { stretchMark, stretchMs } from './stretches.ts'
import type { Write } from './write-client.ts'

/** A part of history: a whole stretch, or the beginning of the one that is going on. */
export interface Part {
  readonly fromMs: number
  readonly toMs: number
}

export interface BackFillOptions {
  readonly plant: DemoPlant
  readonly write: Write
  /** In the order they are sent: newest first, so that a page has something to show at once. */
  readonly parts: readonly Part[]
  /** Parts under way at a time. */
  readonly inFlight: number
  /** Told after each acknowledged part. */
  readonly onDone: (part: Part, points: number) => void
}

/**
 * Sends parts of history and marks each whole stretch that has been acknowledged. A mark goes with the data of a later
 * part, or by itself at the end: one that is lost only makes a later start send that stretch again, which changes nothing.
 */
export async function backFill({ plant, write, parts, inFlight, onDone }: BackFillOptions): Promise<void> {
  let marks = ''
  let next = 0
  const send = async (lines: string): Promise<void> => {
    const withMarks = marks + lines
    marks = ''
    await write(withMarks)
  }
  const work = async (): Promise<void> => {
    while (next < parts.length) {
      const part = parts[next++]!
      let points = 0
      for (const batch of plant.history(part.fromMs, part.toMs)) {
        await send(batch.text)
        points += batch.lines
      }
      if (part.toMs - part.fromMs === stretchMs) marks += stretchMark(plant.run, part.fromMs)
      onDone(part, points)
    }
  }
  await Promise.all(Array.from({ length: Math.min(inFlight, parts.length) }, work))
  if (marks !== '') await send('')
}
