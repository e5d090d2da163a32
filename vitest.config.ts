import { defineConfig } from 'vitest/config'

/** Unit tests sit beside their subject; `test/` spans folders. Both run together, two files at a time (two cores). */
export default defineConfig({
  test: {
    include: ['{lib,ingestor,store,analytics,grafana,viewer,simulator,cli,test,bench}/**/*.test.{ts,tsx}'],
    globalSetup: ['test/support/build-board.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 60_000,
    server: { deps: { inline: [/@grafana\//] } },
  },
})
