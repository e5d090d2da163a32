import { expect, it } from 'vitest'
import { killSoak } from '../support/kill-harness.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

it.runIf(process.platform === 'linux')(
  'after kill -9 of any process or all of them, every acknowledged point is there once, no child survives, no lock is left (npm run soak:kill does 50)',
  async () => {
    const seed = Date.now() % 1_000_000
    const result = await killSoak({
      kills: Number(process.env['PLANTWATCH_KILLS'] ?? 7),
      seed,
      dataDir: await temporaryFolder(),
    })
    console.log(`seed ${seed}: ${JSON.stringify({ ...result, missing: result.missing.length })}`)
    expect(result.missing.slice(0, 10), `seed ${seed}`).toEqual([])
    expect(result.survivors, `seed ${seed}`).toEqual([])
    expect(result.acknowledged).toBeGreaterThan(0)
  },
  600_000,
)
