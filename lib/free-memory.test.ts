import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { runtimeFlags } from '../ingestor/runtime-flags.ts'

const script = `
  const { freeMemory } = await import(${JSON.stringify(new URL('free-memory.ts', import.meta.url).href)})
  const mine = Buffer.alloc(1 << 20, 7)
  const part = Buffer.alloc(1 << 20, 7).subarray(1)
  const pooled = Buffer.from('pooled')
  const slab = Buffer.from(pooled.buffer)
  for (const one of [mine, part, pooled, slab]) freeMemory(one)
  const before = process.memoryUsage().arrayBuffers
  for (let i = 0; i < 1000; i++) freeMemory(Buffer.alloc(1 << 20))
  const grown = process.memoryUsage().arrayBuffers - before
  console.log(JSON.stringify([mine.length, part.length, pooled.toString(), grown < 20 << 20]))
`

it('memory is freed at once, but for what shares it with others', () => {
  const launcher = fileURLToPath(new URL('../node_modules/tsx/dist/loader.mjs', import.meta.url))
  const words = [...runtimeFlags(), '--import', launcher, '--input-type=module', '-e', script]
  const { stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' })
  expect(JSON.parse(stdout || stderr)).toEqual([0, (1 << 20) - 1, 'pooled', true])
})
