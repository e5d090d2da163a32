import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Before all tests: the board's page is built once, so that not every stack under test begins to build it at the same time. */
export function setup(): void {
  const launcher = fileURLToPath(new URL('../../bin/plantwatch.js', import.meta.url))
  spawnSync(process.execPath, [launcher, 'board', '--build-only'], { stdio: ['ignore', 'ignore', 'inherit'] })
}
