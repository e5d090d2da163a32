/** The old name of `run.ts --flux --engine memory`, with its flags. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const run = fileURLToPath(new URL('run.ts', import.meta.url))
const words = ['--import', 'tsx', run, '--flux', '--engine', 'memory', ...process.argv.slice(2)]
process.exitCode = spawnSync(process.execPath, words, { stdio: 'inherit' }).status ?? 1
