import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { confirmReset } from './confirm-reset.ts'

it('wants a word before real data is deleted, and none where there is none', async () => {
  const dataDir = await temporaryFolder()
  await confirmReset({ dataDir, yes: false, ask: null })
  await mkdir(join(dataDir, 'store'))
  await confirmReset({ dataDir, yes: false, ask: null })
  await writeFile(join(dataDir, 'store', 'points.duckdb'), 'x')
  await expect(confirmReset({ dataDir, yes: false, ask: null })).rejects.toThrow(
    `--reset would delete all data in ${dataDir}, and this is no demo: give --yes with it, or leave --reset out`,
  )
  await confirmReset({ dataDir, yes: true, ask: null })
  const asked: string[] = []
  const answering = (answer: string) => async (question: string) => {
    asked.push(question)
    return answer
  }
  await expect(confirmReset({ dataDir, yes: false, ask: answering('y') })).rejects.toThrow('nothing was deleted')
  await confirmReset({ dataDir, yes: false, ask: answering(' Yes\n') })
  expect(asked).toEqual(Array(2).fill(`This deletes all data in ${dataDir}. Type yes to go on: `))
})
