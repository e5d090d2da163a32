import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { Pseudonyms } from './pseudonyms.ts'

it('gives a name the same pseudonym, also after a restart, and another folder another one', async () => {
  const path = join(await temporaryFolder(), 'operators.key')
  const ada = (await Pseudonyms.open(path)).of('Ada')
  expect(ada).toMatch(/^op-[0-9a-f]{10}$/)
  const again = await Pseudonyms.open(path)
  expect([again.of('Ada'), again.of(ada), again.of('Bob') === ada]).toEqual([ada, ada, false])
  expect((await Pseudonyms.open(join(await temporaryFolder(), 'operators.key'))).of('Ada')).not.toBe(ada)
  if (process.platform !== 'win32') expect((await stat(path)).mode & 0o777).toBe(0o600)
})

it('does not make a new key where the file is damaged: everybody would get a new name', async () => {
  const path = join(await temporaryFolder(), 'operators.key')
  await writeFile(path, 'abc')
  await expect(Pseudonyms.open(path)).rejects.toThrow(/holds no key/)
})
