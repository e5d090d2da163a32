import { spawn } from 'node:child_process'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openDataFolder, ownerOfDataFolder } from './data-folder.ts'

let path: string
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'plantwatch-folder-'))
})
afterEach(() => rm(path, { recursive: true, force: true }))

const options = { part: 'store', format: 1 }
const leaveClaim = (pid: number, start: string, host = hostname()): Promise<void> =>
  writeFile(join(path, `lock-${pid}-0123abcd`), JSON.stringify({ pid, start, host }))

it('refuses a second opener with a sentence, and lets it in when the first is done', async () => {
  const first = await openDataFolder(path, options)
  await expect(openDataFolder(path, options)).rejects.toThrow(
    /is in use by another store \(process \d+\): end that one/,
  )
  expect(await ownerOfDataFolder(path)).toBe(process.pid)
  await first.release()
  const second = await openDataFolder(path, options)
  await second.release()
  expect(await readdir(path)).toEqual(['format'])
})

it('lets at most one of many in that come at once', async () => {
  const opened = await Promise.allSettled(Array.from({ length: 8 }, () => openDataFolder(path, options)))
  expect(opened.filter(({ status }) => status === 'fulfilled').length).toBeLessThanOrEqual(1)
  for (const result of opened) if (result.status === 'fulfilled') await result.value.release()
})

it('takes over what a killed process left', async () => {
  const child = spawn(
    process.execPath,
    [
      '--import',
      'tsx',
      '-e',
      `import('${new URL('./data-folder.ts', import.meta.url)}').then(async (m) => { await m.openDataFolder(${JSON.stringify(path)}, { part: 'store', format: 1 }); console.log('open'); setInterval(() => {}, 1000) })`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  await new Promise((resolve) => child.stdout.once('data', resolve))
  await expect(openDataFolder(path, options)).rejects.toThrow(`process ${child.pid}`)
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await ended
  await (await openDataFolder(path, options)).release()
})

it.runIf(process.platform === 'linux')('is not fooled by a process that got the id of a dead one', async () => {
  await leaveClaim(process.pid, 'some-earlier-boot:17')
  await (await openDataFolder(path, options)).release()
})

it('takes over the claim of another machine that shows no life', async () => {
  await leaveClaim(1, 'x', 'another-machine')
  const { utimes } = await import('node:fs/promises')
  const longAgo = new Date(Date.now() - 60_000)
  await utimes(join(path, 'lock-1-0123abcd'), longAgo, longAgo)
  await (await openDataFolder(path, options)).release()
})

it('refuses a newer format, the folder of another part, and a damaged format file', async () => {
  await (await openDataFolder(path, { part: 'store', format: 3 })).release()
  await expect(openDataFolder(path, { part: 'store', format: 2 })).rejects.toThrow(
    'newer plantwatch (format 3; this one knows 2)',
  )
  await expect(openDataFolder(path, { part: 'ingestor', format: 3 })).rejects.toThrow(
    'data of the store, not of the ingestor',
  )
  const older = await openDataFolder(path, { part: 'store', format: 4 })
  expect(older.format).toBe(3)
  await older.release()
  await writeFile(join(path, 'format'), 'garbage')
  await expect(openDataFolder(path, options)).rejects.toThrow('is damaged')
  expect(await ownerOfDataFolder(path)).toBeNull()
})
