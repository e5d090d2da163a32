import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { cookieOf, Sessions } from './session.ts'

it('sessions outlive a restart, and their file holds no secret', async () => {
  const path = join(await temporaryFolder(), 'secrets', 'sessions.json')
  const first = await Sessions.open('operator', path)
  const cookie = (await first.signIn('operator'))!
  const name = first.cookieName
  const text = await readFile(path, 'utf8')
  expect(text).not.toContain(cookie)
  expect(text).not.toContain('operator')
  if (process.platform !== 'win32') expect((await stat(path)).mode & 0o777).toBe(0o600)
  const second = await Sessions.open('operator', path)
  expect(second.isSignedIn(`a=b; ${name}=${cookie}`)).toBe(true)
  await second.signOut(`${name}=${cookie}`)
  expect((await Sessions.open('operator', path)).isSignedIn(`a=b; ${name}=${cookie}`)).toBe(false)
})

it('keys and sessions end with their time', async () => {
  let nowMs = 0
  const sessions = await Sessions.open('operator', null, () => nowMs)
  const key = sessions.newKey()
  const name = sessions.cookieName
  const cookie = (await sessions.signIn(sessions.newKey()))!
  nowMs = 25 * 3_600_000
  expect(await sessions.signIn(key)).toBeNull()
  expect(sessions.isSignedIn(`a=b; ${name}=${cookie}`)).toBe(true)
  nowMs = 91 * 86_400_000
  expect(sessions.isSignedIn(`a=b; ${name}=${cookie}`)).toBe(false)
})

it('a damaged file signs everybody out, and stops nothing', async () => {
  const path = join(await temporaryFolder(), 'sessions.json')
  await writeFile(path, '[{"ha')
  expect((await Sessions.open('operator', path)).isSignedIn('plantwatch-session=x')).toBe(false)
})

it('finds its cookie among others', () => {
  expect(cookieOf('a=b; session=xyz; c=d', 'session')).toBe('xyz')
  expect(cookieOf('other-session=xyz', 'session')).toBeNull()
  expect(cookieOf(undefined, 'session')).toBeNull()
})

it('has a name for its cookie that another stack on the same machine has not', async () => {
  const [one, other] = [await Sessions.open('operator', null), await Sessions.open('another', null)]
  expect(one.cookieName).toMatch(/^plantwatch-session-[0-9a-f]{8}$/)
  expect(other.cookieName).not.toBe(one.cookieName)
})
