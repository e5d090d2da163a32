import { expect, it } from 'vitest'
import { lossSoak } from '../support/loss-harness.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

it('a killed ingestor loses, doubles and makes up nothing that it acknowledged (npm run soak:ingestor does 1,000 kills)', {
  timeout: 120_000,
}, async () => {
  const seed = Date.now() % 1_000_000
  const result = await lossSoak({ kills: 6, seed, folder: await temporaryFolder() })
  console.log(`seed ${seed}: ${JSON.stringify(result)}`)
  expect(result).toMatchObject({ missing: [], doubled: [], phantoms: [] })
  expect(result.acknowledged).toBeGreaterThan(100)
})
