import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { knownOperatorToken, operatorToken } from './operator-token.ts'

let path: string
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'plantwatch-secrets-'))
})
afterEach(() => rm(path, { recursive: true, force: true }))

it('is made once, whoever comes first, and only its owner may read it', async () => {
  expect(await knownOperatorToken(path)).toBeNull()
  const tokens = await Promise.all(Array.from({ length: 8 }, () => operatorToken(path)))
  expect(new Set(tokens).size).toBe(1)
  expect(tokens[0]).toMatch(/^[\w-]{64}$/)
  expect(await operatorToken(path)).toBe(tokens[0])
  expect(await knownOperatorToken(path)).toBe(tokens[0])
  expect(await readdir(join(path, 'secrets'))).toEqual(['operator-token'])
  if (process.platform !== 'win32')
    expect((await stat(join(path, 'secrets', 'operator-token'))).mode & 0o777).toBe(0o600)
})

it('is the one from outside where one is given, and then none is kept', async () => {
  expect(await operatorToken(path, 'from-outside')).toBe('from-outside')
  expect(await knownOperatorToken(path)).toBeNull()
})
