import { bench, describe, expect } from 'vitest'
import { defaultPlant } from '../lib/plant/default-plant.ts'
import { demoPlant } from '../simulator/demo-plant.ts'

const endMs = Date.parse('2026-11-24T14:00:00Z')
const days = process.env['BENCH'] === 'full' ? 14 : 1

describe(`the demo plant, ${days} days of history`, () => {
  bench(
    'make all lines',
    () => {
      let lines = 0
      for (const batch of demoPlant(defaultPlant(), 42).history(endMs - days * 86_400_000, endMs)) lines += batch.lines
      expect(lines).toBeGreaterThan(70_000 * days)
    },
    { throws: true, iterations: 3, warmupIterations: 1, time: 0, warmupTime: 0 },
  )
})
