import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GatheredBody } from './read-body.ts'

describe('a body that comes in parts', () => {
  const sizes = fc.array(fc.oneof(fc.nat(5), fc.nat(6_000), fc.nat(90_000)), { maxLength: 30 })

  it('is what its parts were, of whatever size they came and whatever was announced', () => {
    fc.assert(
      fc.property(sizes, fc.constantFrom(0, 1, 2), (lengths, announcing) => {
        let next = 0
        const parts = lengths.map((length) => Buffer.from(Uint8Array.from({ length }, () => next++ % 251)))
        const whole = Buffer.concat(parts)
        // Not at all, rightly, and by a sender that then says less.
        const announced = [0, whole.length, whole.length + 10][announcing]!
        let gathered: Buffer | null = null
        const body = new GatheredBody(1 << 24, announced, (_, bytes) => (gathered = bytes), Buffer.alloc)
        for (const part of parts) expect(body.add(part)).toBe(true)
        expect(body.bytes).toBe(whole.length)
        body.end()
        expect(whole.equals(gathered!)).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  it('ends once: at its limit, or when it is broken off', () => {
    const told: (string | null)[] = []
    const body = new GatheredBody(100, 0, (error) => told.push(error?.code ?? null), Buffer.alloc)
    expect(body.add(Buffer.alloc(60))).toBe(true)
    expect(body.add(Buffer.alloc(60))).toBe(false)
    body.end()
    body.breakOff()
    expect(told).toEqual(['request too large'])
  })
})
