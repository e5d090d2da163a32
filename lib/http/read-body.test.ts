import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BodyRoom } from './body-room.ts'
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

  it('ends where there is no room for it, gives back what it had, and needs none while it is small', () => {
    const room = new BodyRoom(100_000)
    const told: (string | null)[] = []
    const begin = (announced: number): GatheredBody =>
      new GatheredBody(1 << 20, announced, (error) => told.push(error?.code ?? null), Buffer.alloc, room)
    const [first, second, small] = [begin(0), begin(90_000), begin(50)]
    expect([first.add(Buffer.alloc(16_384)), room.bytes]).toEqual([true, 0])
    expect([first.add(Buffer.alloc(30_000)), room.bytes]).toEqual([true, 46_384])
    // A quarter of it is here: there will be memory for all of it.
    expect([second.add(Buffer.alloc(23_000)), room.bytes]).toEqual([false, 46_384])
    expect([small.add(Buffer.alloc(20)), small.add(Buffer.alloc(30)), room.bytes]).toEqual([true, true, 46_384])
    small.end()
    first.breakOff()
    expect([told, room.bytes, room.refused]).toEqual([['unavailable', null, 'invalid'], 0, 1])
  })
})
