/** `npm run soak:kill -- [kills] [seed]`: kills a stack with the demo plant again and again, and counts what was acknowledged. */
import { killSoak } from './kill-harness.ts'
import { makeTemporaryFolder, removeFolder } from './temporary-folder.ts'

const [kills = '50', seed = String(Date.now() % 1_000_000)] = process.argv.slice(2)
const dataDir = await makeTemporaryFolder()
try {
  const result = await killSoak({
    kills: Number(kills),
    seed: Number(seed),
    dataDir,
    log: console.error,
    settings: { words: ['--history-days', '1'] },
  })
  console.log(JSON.stringify({ seed: Number(seed), ...result, missing: result.missing.length }))
  if (result.missing.length > 0 || result.survivors.length > 0) process.exitCode = 1
} finally {
  await removeFolder(dataDir)
}
