import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { randomFrom } from '../../test/support/simulated-disk.ts'
import { BodyPool } from '../http/body-pool.ts'
import { inflate } from './inflate.ts'

const limits = { inflatedBytesMax: 8 << 20, inflatedRatioMax: 200 }

/** Bytes that compress about as line protocol does. */
function anyText(random: () => number, bytes: number): Buffer {
  const words = Array.from({ length: 40 }, () => random().toString(36).slice(2, 10))
  let text = ''
  while (text.length < bytes) text += `${words[Math.floor(random() * words.length)]} ${random()}\n`
  return Buffer.from(text.slice(0, bytes))
}
const outcomeOf = (body: Buffer, some = limits): Promise<string> =>
  inflate(body, some).then(
    (bytes) => `${bytes.length} bytes`,
    (error: Error & { status?: number }) => `${error.status} ${error.message}`,
  )

describe('a gzip body', () => {
  it('of any size gives what was put in, in memory that is used again', async () => {
    const random = randomFrom(1)
    const pool = new BodyPool(4 << 20)
    for (const bytes of [0, 1, 100, 8_191, 16_383, 16_384, 65_536, 262_143, 262_144, 262_145, 700_000, 5 << 20]) {
      const text = anyText(random, bytes)
      const [one, other] = await Promise.all([
        inflate(gzipSync(text), limits, (size) => pool.take(size)),
        inflate(gzipSync(text, { level: 1 }), limits, (size) => pool.take(size)),
      ])
      expect(one.equals(text) && other.equals(text), `${bytes} bytes`).toBe(true)
      pool.give(one)
      pool.give(other)
    }
    expect(pool.freeBytes).toBeGreaterThan(0)
  })

  it('of several members, the last of them the smallest, is whole', async () => {
    const random = randomFrom(2)
    const parts = [anyText(random, 40_000), anyText(random, 100), anyText(random, 5)]
    const inflated = await inflate(Buffer.concat(parts.map((part) => gzipSync(part))), limits)
    expect(inflated.equals(Buffer.concat(parts))).toBe(true)
  })

  it('that says it is smaller or larger than it is is refused', async () => {
    for (const bytes of [3_000, 400_000]) {
      const body = gzipSync(anyText(randomFrom(bytes), bytes))
      for (const said of [0, 1, bytes - 1, bytes + 1, 300_000_000, 0xffff_ffff]) {
        const lying = Buffer.from(body)
        lying.writeUInt32LE(said, lying.length - 4)
        expect(await outcomeOf(lying), `${bytes} said ${said}`).toMatch(/^400 .*incorrect length check/)
      }
    }
  })

  it('that is cut short at any place, or turned in any byte, never gives other bytes', async () => {
    const text = anyText(randomFrom(3), 600)
    const body = gzipSync(text)
    // An empty body is an empty batch.
    for (let length = 1; length < body.length; length++)
      expect(await outcomeOf(body.subarray(0, length)), `cut to ${length}`).toMatch(/^400 unable to read data/)
    for (let at = 10; at < body.length; at++) {
      const damaged = Buffer.from(body)
      damaged[at]! ^= 0x10
      const inflated = await inflate(damaged, limits).catch(() => text)
      expect(inflated.equals(text), `byte ${at}`).toBe(true)
    }
  })

  it('that is larger than the limits, or grows too often, is refused however it says', async () => {
    const zeros = gzipSync(Buffer.alloc(6 << 20))
    expect(zeros.length).toBeLessThan(32 << 10)
    expect(await outcomeOf(zeros)).toMatch(/^413 .*holds more than 1\d{6} bytes/)
    expect(await outcomeOf(zeros, { ...limits, inflatedRatioMax: 2_000 })).toBe(`${6 << 20} bytes`)
    const lying = Buffer.from(zeros)
    lying.writeUInt32LE(1_000, lying.length - 4)
    expect(await outcomeOf(lying)).toMatch(/^413 /)
    expect(await outcomeOf(gzipSync(anyText(randomFrom(4), 50_000)), { ...limits, inflatedBytesMax: 40_000 })).toMatch(
      /^413 /,
    )
  })
})
