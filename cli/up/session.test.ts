import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { cookieOf, Sessions } from './session.ts'

it('sessions outlive a restart, and their file holds no secret', async () => {
  const path = join(await temporaryFolder(), 'secrets', 'sessions.json')
  const first = await Sessions.open('operator', path)
  const cookie = (await first.signIn('operator'))!
  const text = await readFile(path, 'utf8')
  expect(text).not.toContain(cookie)
  expect(text).not.toContain('operator')
  if (process.platform !== 'win32') expect((await stat(path)).mode & 0o777).toBe(0o600)
  const second = await Sessions.open('operator', path)
  expect(second.isSignedIn(cookie)).toBe(true)
  await second.signOut(cookie)
  expect((await Sessions.open('operator', path)).isSignedIn(cookie)).toBe(false)
})

it('keys and sessions end with their time', async () => {
  let nowMs = 0
  const sessions = await Sessions.open('operator', null, () => nowMs)
  const key = sessions.newKey()
  const cookie = (await sessions.signIn(sessions.newKey()))!
  nowMs = 25 * 3_600_000
  expect(await sessions.signIn(key)).toBeNull()
  expect(sessions.isSignedIn(cookie)).toBe(true)
  nowMs = 91 * 86_400_000
  expect(sessions.isSignedIn(cookie)).toBe(false)
})

it('a damaged file signs everybody out, and stops nothing', async () => {
  const path = join(await temporaryFolder(), 'sessions.json')
  await writeFile(path, '[{"ha')
  expect((await Sessions.open('operator', path)).isSignedIn('x')).toBe(false)
})

it('finds its cookie among others', () => {
  expect(cookieOf('a=b; plantwatch-session=xyz; c=d')).toBe('xyz')
  expect(cookieOf('other-plantwatch-session=xyz')).toBeNull()
  expect(cookieOf(undefined)).toBeNull()
})
