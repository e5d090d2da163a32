import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { replaceFile } from '../durable-file.ts'

const moved = z.strictObject({
  points: z.number(),
  /** The first and the last of them, nanoseconds since 1970. */
  fromNs: z.string(),
  lastNs: z.string(),
})
const schema = z.strictObject({
  /** Operations of the context's log up to here are done with. */
  finished: z.number(),
  /** Records of the ingestor's log up to here were delivered before points were corrected: they must never be sent again. */
  deliveredAtLeast: z.number(),
  /** Buckets that may hold points with context. */
  buckets: z.array(z.string()),
  /** Operations that are being worked on now. */
  current: z
    .strictObject({
      through: z.number(),
      slices: z.number(),
      /** By machine. */
      moved: z.record(z.string(), moved),
      /** When all points were right; null before. */
      correctedNs: z.string().nullable(),
    })
    .nullable(),
})

/** How far corrections have come, as it is kept on disk. */
export type Progress = z.output<typeof schema>
export type Moved = z.output<typeof moved>

/** @param finished where a folder without corrections starts: after everything that is there */
export async function readProgress(path: string, fallback: Progress): Promise<Progress> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (text === null) return fallback
  // Replaced in one step, so it is whole, or somebody else's work: then nothing may be guessed.
  const parsed = schema.safeParse(jsonOf(text))
  if (!parsed.success)
    throw new Error(`${path} does not say how far corrections have come: ${z.prettifyError(parsed.error)}`)
  return parsed.data
}

export const writeProgress = (path: string, progress: Progress): Promise<void> =>
  replaceFile(path, [`${JSON.stringify(progress)}\n`])

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
