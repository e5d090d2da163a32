/** `npm run soak:ingestor -- [kills] [seed]`: kills the ingestor under load, with its database up and down, and counts. */
import { lossSoak } from './loss-harness.ts'
import { makeTemporaryFolder, removeFolder } from './temporary-folder.ts'

const [kills = '1000', seed = String(Date.now() % 1_000_000)] = process.argv.slice(2)
const folder = await makeTemporaryFolder()
try {
  const result = await lossSoak({ kills: Number(kills), seed: Number(seed), folder, log: console.error })
  const { missing, doubled, phantoms } = result
  console.log(
    JSON.stringify({
      seed: Number(seed),
      ...result,
      missing: missing.length,
      doubled: doubled.length,
      phantoms: phantoms.length,
    }),
  )
  if (missing.length + doubled.length + phantoms.length > 0) process.exitCode = 1
} finally {
  await removeFolder(folder)
}
