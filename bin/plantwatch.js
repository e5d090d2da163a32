#!/usr/bin/env node
// Runs the built program where `dist/` exists, else the TypeScript source as it is: no command needs a build step.
import { existsSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'

const built = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
if (existsSync(built)) {
  const { main } = await import(pathToFileURL(built).href)
  await main(process.argv)
} else {
  const { register } = await import('tsx/esm/api')
  register()
  const { main } = await import(new URL('../cli/main.ts', import.meta.url).href)
  await main(process.argv)
}
