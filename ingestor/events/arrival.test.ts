import { expect, it } from 'vitest'
import { arrivalOf } from './arrival.ts'
import { readEnergyEvents } from './energy-events.ts'
import { EventTimes } from './event-times.ts'

it('reading a large body lets others have their turn', async () => {
  const body = Buffer.from('Device: ID=1; Power: Active=1W\n'.repeat(5_000))
  let turns = 0
  let over = false
  const turn = (): void => {
    turns++
    if (!over) setImmediate(turn)
  }
  setImmediate(turn)
  const times = { of: await EventTimes.open(null), for: 'all' } as const
  const { bytes } = await arrivalOf(readEnergyEvents(body), { source: 'energy event', times, arrivalNs: 7n })
  over = true
  expect(bytes.toString().split('\n').length).toBe(5_001)
  expect(turns).toBeGreaterThanOrEqual(20)
})
