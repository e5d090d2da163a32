import { expect, test } from 'vitest'
import { clocksApartNs } from '../lib/schema/lateness.ts'
import { PastRuns } from './past-runs.ts'

test('a window has run since an instant when it began later, whatever two clocks may be apart', () => {
  const runs = new PastRuns()
  runs.note(10n, 1_000n + clocksApartNs)
  expect([999n, 1_000n].map((timeNs) => runs.hasRunSince(10n, timeNs))).toEqual([true, false])
  expect(runs.hasRunSince(20n, 0n)).toBe(false)
})

test('of more windows than it remembers those that ran longest ago are forgotten, and will run once too often', () => {
  const runs = new PastRuns(2)
  const late = 10n * clocksApartNs
  for (const window of [1n, 2n, 1n, 3n]) runs.note(window, late)
  expect([1n, 2n, 3n].map((window) => runs.hasRunSince(window, 0n))).toEqual([true, false, true])
})
