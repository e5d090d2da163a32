import { expect, it } from 'vitest'
import { DeliveredSet } from './delivered.ts'
import { DropOldest } from './drop-oldest.ts'

it('counts what the last process gave up and could not tell of, but for what was delivered meanwhile', () => {
  const said: string[] = []
  const dropped = new DropOldest({
    buckets: ['vibration'],
    delivered: new DeliveredSet(10),
    doneUpTo: () => 0,
    isHeld: () => false,
    say: (line) => said.push(line),
  })
  dropped.tellEarlier([
    { bucket: 'vibration', lines: 3, lastSequence: 10 },
    { bucket: 'vibration', lines: 5, lastSequence: 20 },
    // Of a bucket that may not go any more.
    { bucket: 'network', lines: 7, lastSequence: 20 },
  ])
  expect([dropped.lines, [...dropped.byBucket]]).toEqual([
    12,
    [
      ['vibration', 5],
      ['network', 7],
    ],
  ])
  expect(said).toEqual([
    "the log's quota took 5 lines of bucket vibration right before the last process ended; they count from now on",
    "the log's quota took 7 lines of bucket network right before the last process ended; they count from now on",
  ])
  dropped.tell([{ firstSequence: 21, lastSequence: 21, bucket: 'vibration', records: 1, lines: 2 }])
  expect(dropped.byBucket.get('vibration')).toBe(7)
  expect(said[2]).toMatch(/^the log is at its quota/)
})
