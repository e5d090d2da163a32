/** `npm run fuzz:lines -- [cases]`: the quick scan of line protocol against the reference, on so many random bodies. */
import { spawnSync } from 'node:child_process'

const [cases = '1000000'] = process.argv.slice(2)
const { status } = spawnSync(
  process.execPath,
  [
    'node_modules/vitest/vitest.mjs',
    'run',
    'lib/line-protocol/line-protocol.test.ts',
    '-t',
    '(fuzz)',
    '--testTimeout',
    '3600000',
  ],
  { env: { ...process.env, PLANTWATCH_FUZZ_RUNS: cases }, stdio: 'inherit' },
)
process.exitCode = status ?? 1
