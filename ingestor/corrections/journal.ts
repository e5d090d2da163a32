import { readFile, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { crc32c } from '@node-rs/crc32'
import { z } from 'zod'
import { replaceFile, syncFolder } from '../durable-file.ts'

/** One stretch of one machine in one bucket: what goes and what comes instead. Doing it again changes nothing. */
export interface Slice {
  /** The operations it belongs to, by the last one. */
  readonly through: number
  /** From 1, within these operations. */
  readonly number: number
  readonly bucket: string
  readonly machine: string
  readonly fromNs: bigint
  /** Not included. */
  readonly toNs: bigint
  /** In InfluxDB's words; every point that one of them names is in `lines`. */
  readonly predicates: readonly string[]
  readonly moved: { readonly points: number; readonly fromNs: bigint; readonly lastNs: bigint }
  /** Line protocol, times in nanoseconds, each without its end. */
  readonly lines: readonly string[]
}

const headSchema = z.object({
  through: z.number(),
  number: z.number(),
  bucket: z.string(),
  machine: z.string(),
  fromNs: z.string(),
  toNs: z.string(),
  predicates: z.array(z.string()),
  moved: z.object({ points: z.number(), fromNs: z.string(), lastNs: z.string() }),
  crc: z.number(),
})

/** Lays a slice down before anything of it is deleted; on disk when it resolves. FORMAT: head as JSON, line feed, lines as JSON. */
export async function writeJournal(path: string, { lines, ...head }: Slice): Promise<void> {
  const body = Buffer.from(JSON.stringify(lines))
  const text = JSON.stringify({ ...head, crc: crc32c(body) }, (_, value: unknown) =>
    typeof value === 'bigint' ? `${value}` : value,
  )
  await replaceFile(path, [`${text}\n`, body])
}

/** The slice that was under way, or null. @throws Error for a damaged one: what it deleted may be nowhere else */
export async function readJournal(path: string): Promise<Slice | null> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (bytes === null) return null
  const headEnd = bytes.indexOf(10)
  const body = bytes.subarray(headEnd + 1)
  try {
    const head = headSchema.parse(JSON.parse(bytes.toString('utf8', 0, headEnd)))
    if (crc32c(body) !== head.crc) throw new Error('its checksum does not fit')
    return {
      ...head,
      fromNs: BigInt(head.fromNs),
      toNs: BigInt(head.toNs),
      moved: {
        points: head.moved.points,
        fromNs: BigInt(head.moved.fromNs),
        lastNs: BigInt(head.moved.lastNs),
      },
      lines: z.array(z.string()).parse(JSON.parse(body.toString())),
    }
  } catch (cause) {
    throw new Error(`${path} is damaged; it may hold points that are nowhere else`, { cause })
  }
}

export async function dropJournal(path: string): Promise<void> {
  await rm(path, { force: true })
  await syncFolder(dirname(path))
}
