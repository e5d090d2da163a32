import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { expect, it } from 'vitest'
import { runCommand } from '../test/support/stack.ts'
import { temporaryFolder } from '../test/support/temporary-folder.ts'
import { environmentRows } from './environment-file.ts'

const secrets = Object.entries(environmentRows)
  .filter(([, { secret }]) => secret)
  .map(([name]) => name)

it('init writes a .env with secrets of its own that only its owner can read, and shows none of them', async () => {
  const folder = await temporaryFolder()
  const { status, output, errors } = await runCommand(['init', folder])
  expect([status, errors]).toEqual([0, ''])
  expect(output).toContain('docker compose up -d --build')
  const text = await readFile(join(folder, '.env'), 'utf8')
  const made = parseEnv(text)
  expect(Object.keys(made).sort()).toEqual(Object.keys(environmentRows).sort())
  const values = secrets.map((name) => made[name]!)
  expect(new Set(values).size).toBe(secrets.length)
  for (const value of values) {
    expect(value).toMatch(/^[\w-]{48}$/)
    expect(output).not.toContain(value)
  }
  if (process.platform !== 'win32') expect((await stat(join(folder, '.env'))).mode & 0o777).toBe(0o600)
})

it('init leaves a .env that is there alone; with --force it makes a new one and keeps the old', async () => {
  const folder = await temporaryFolder()
  await writeFile(join(folder, '.env'), 'INFLUX_TOKEN=old\n')
  const refused = await runCommand(['init', folder, '--json'])
  expect(refused.status).toBe(2)
  expect(JSON.parse(refused.errors)).toMatchObject({ code: 'invalid', message: expect.stringContaining('--force') })
  expect(await readFile(join(folder, '.env'), 'utf8')).toBe('INFLUX_TOKEN=old\n')

  const forced = await runCommand(['init', folder, '--force', '--json'])
  const { file, kept, variables } = JSON.parse(forced.output) as { file: string; kept: string; variables: string[] }
  expect(variables).toEqual(Object.keys(environmentRows))
  expect(await readFile(kept, 'utf8')).toBe('INFLUX_TOKEN=old\n')
  expect(parseEnv(await readFile(file, 'utf8'))['INFLUX_TOKEN']).toMatch(/^[\w-]{48}$/)
  expect(await readdir(folder)).toHaveLength(2)
})

it('init keeps names as they are, and refuses those that no .env can hold', async () => {
  const folder = await temporaryFolder()
  const org = 'Werk 1 #2 $HOME'
  expect((await runCommand(['init', folder, '--influx-org', org])).status).toBe(0)
  expect(parseEnv(await readFile(join(folder, '.env'), 'utf8'))['INFLUX_ORG']).toBe(org)
  const refused = await runCommand(['init', folder, '--force', '--influx-org', "Peter's"])
  expect([refused.status, refused.errors]).toEqual([2, expect.stringContaining('INFLUX_ORG: "Peter\'s" holds a quote')])
  expect(await readdir(folder)).toEqual(['.env'])
  expect((await runCommand(['init', join(folder, 'nowhere')])).errors).toContain('there is no folder')
})
