/** `npm run soak:log -- [seeds]`: the log on a simulated disk that drops, tears and reorders what was not synced; failing seeds are printed. */
import { spawnSync } from 'node:child_process'

const [seeds = '2000'] = process.argv.slice(2)
const { status } = spawnSync(
  process.execPath,
  [
    'node_modules/vitest/vitest.mjs',
    'run',
    'ingestor/log/log.test.ts',
    'ingestor/log/give-up.test.ts',
    '-t',
    'loses no acknowledged record',
    '--testTimeout',
    '3600000',
  ],
  { env: { ...process.env, PLANTWATCH_LOG_SEEDS: seeds }, stdio: 'inherit' },
)
process.exitCode = status ?? 1
