import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BodyPool } from './body-pool.ts'

describe('the pool of bodies', () => {
  it('never lends the same memory to two at a time, whatever is taken and given', () => {
    const step = fc.record({ bytes: fc.integer({ min: 1, max: 400_000 }), give: fc.nat(4) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const pool = new BodyPool(1 << 20)
        const lent: { body: Buffer; mark: number }[] = []
        for (const [i, { bytes, give }] of steps.entries()) {
          const body = pool.take(bytes)
          expect(body.length).toBe(bytes)
          const mark = i % 251
          body.fill(mark)
          lent.push({ body, mark })
          for (const one of lent) expect(one.body.every((byte) => byte === one.mark)).toBe(true)
          for (const { body: back } of lent.splice(0, give)) pool.give(back)
          expect(pool.freeBytes).toBeLessThanOrEqual(1 << 20)
        }
      }),
      { numRuns: 50 },
    )
  })

  it('frees what was not needed for a while, and keeps what is', async () => {
    const pool = new BodyPool(1 << 30, 50)
    const many = Array.from({ length: 20 }, () => pool.take(1_000_000))
    const { buffer } = many.at(-1)!
    for (const one of many) pool.give(one)
    const allOfIt = pool.freeBytes
    expect(allOfIt).toBeGreaterThanOrEqual(20_000_000)
    // One is in use again and again.
    const using = setInterval(() => pool.give(pool.take(1_000_000)), 5)
    await expect.poll(() => pool.freeBytes, { timeout: 5_000 }).toBe(allOfIt / 20)
    expect(pool.take(1_000_000).buffer).toBe(buffer)
    clearInterval(using)
    expect(pool.freeBytes).toBe(0)
  })

  it('uses memory again, and takes back only what it lent, once', () => {
    const pool = new BodyPool(1 << 20)
    const first = pool.take(100_000)
    pool.give(first)
    pool.give(first)
    pool.give(Buffer.alloc(100_000))
    const [second, third] = [pool.take(99_000), pool.take(99_000)]
    expect(second.buffer).toBe(first.buffer)
    expect(third.buffer).not.toBe(first.buffer)
  })
})
