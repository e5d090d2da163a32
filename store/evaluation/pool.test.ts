import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { annotatedDialect } from '../../lib/annotated-csv/dialect.ts'
import { StoreEngine } from '../engine.ts'
import { defaultPoolOptions, EvaluationPool } from './pool.ts'

const bucket = { id: '00000000000000aa', retentionNs: 0n }
let folder: string
let engine: StoreEngine
let pool: EvaluationPool

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plantwatch-store-'))
  engine = await StoreEngine.open(join(folder, 'points.duckdb'))
  pool = new EvaluationPool(
    engine.reader,
    async (bucketId, points) => (await engine.writer.writePoints({ ...bucket, id: bucketId }, points, 0n)).reason,
    { ...defaultPoolOptions, limits: { ...defaultPoolOptions.limits, timeoutMs: 10_000 } },
  )
})
afterAll(async () => {
  await pool.close()
  await engine.close()
  await rm(folder, { recursive: true, force: true })
})

const query = async (script: string, signal?: AbortSignal): Promise<string> => {
  const csv = await pool.query({
    script,
    extern: null,
    nowNs: 1_000_000_000_000n,
    dialect: annotatedDialect,
    buckets: [{ id: bucket.id, orgId: '0000000000000001', name: 'plant', retentionNs: 0n }],
    ...(signal === undefined ? {} : { signal }),
  })
  const parts: Uint8Array[] = []
  for await (const part of csv) parts.push(part)
  return Buffer.concat(parts).toString()
}
const write = (lines: string): Promise<unknown> => engine.write(bucket, Buffer.from(lines), 1n, 5_000n)

describe('storage and evaluation together', () => {
  it('gives back what was written, series by series, the last of two writes of one point', async () => {
    await write('temp,machine=b value=2 20\ntemp,machine=a value=1 10\ntemp,machine=a value=5 30')
    await write('temp,machine=a value=1.5 10')
    const csv = await query(
      'from(bucket: "plant") |> range(start: 1970-01-01T00:00:00Z, stop: 1970-01-01T00:00:01Z) |> filter(fn: (r) => r._measurement == "temp")',
    )
    expect(csv.split('\r\n').filter((line) => line.startsWith(',,'))).toEqual([
      ',,0,1970-01-01T00:00:00Z,1970-01-01T00:00:01Z,1970-01-01T00:00:00.00000001Z,1.5,value,temp,a',
      ',,0,1970-01-01T00:00:00Z,1970-01-01T00:00:01Z,1970-01-01T00:00:00.00000003Z,5,value,temp,a',
      ',,1,1970-01-01T00:00:00Z,1970-01-01T00:00:01Z,1970-01-01T00:00:00.00000002Z,2,value,temp,b',
    ])
  })

  it('names a conflict of types, drops that point alone, and keeps its neighbours', async () => {
    const { reason, dropped } = (await write('kind v=1 1\nkind v=2i 2\nkind v=3 3')) as {
      reason: string
      dropped: number
    }
    expect(dropped).toBe(1)
    expect(reason).toBe(
      'partial write: field type conflict: input field "v" on measurement "kind" is type integer, already exists as type float dropped=1',
    )
  })

  it('refuses a wrong script before it runs, with the position', async () => {
    await expect(query('from(bucket: "plant") |> rnage(start: 0)')).rejects.toThrow(
      'error @1:26-1:31: undefined identifier rnage',
    )
    await expect(query('from(bucket: "nope") |> range(start: 0)')).rejects.toThrow('could not find bucket "nope"')
  })

  it('runs many queries at once and each gets its own answer', async () => {
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, i) => query(`import "array"\narray.from(rows: [{x: ${i}}])`)),
    )
    for (const [i, csv] of answers.entries()) expect(csv).toContain(`,,0,${i}\r\n`)
  })

  it('ends a query whose client has left, and goes on with the next', async () => {
    const leaving = new AbortController()
    const endless = query(
      'import "array"\nf = (n) => if n <= 0 then 0 else 1 + f(n: n - 1)\narray.from(rows: [{x: 1}])',
      leaving.signal,
    ).catch(() => 'left')
    leaving.abort()
    await endless
    expect(await query('import "array"\narray.from(rows: [{x: 7}])')).toContain(',,0,7')
  })
})
