import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { contextMappingSchema } from '../../cli/context/mapping.ts'
import { mappingSchema } from '../../cli/import/mapping.ts'
import { encodings } from '../../cli/import/texts-of.ts'
import { cleanEnvironment, projectFolder, startStack } from '../support/stack.ts'
import { makeTemporaryFolder, removeFolder } from '../support/temporary-folder.ts'

const page = await readFile(join(projectFolder, 'docs/imports.md'), 'utf8')
const section = (title: string): string => page.split(/^##+ /m).find((text) => text.startsWith(`${title}\n`)) ?? ''

/** Keys that a table of the page explains, each with its example. */
const explained = (title: string): readonly (readonly [key: string, example: string])[] =>
  [...section(title).matchAll(/^\| `([\w.]+)` \| `(.+?)` \|/gm)].map(([, key, example]) => [key!, example!])

/** `time.zone` and its like, of every place that a mapping may fill. */
function keysOf(schema: z.core.JSONSchema.BaseSchema, before = ''): readonly string[] {
  const choices = (schema.anyOf ?? [schema]) as z.core.JSONSchema.BaseSchema[]
  const keys = choices.flatMap(({ properties = {} }) =>
    Object.entries(properties).flatMap(([name, inner]) => keysOf(inner as never, `${before}${name}.`)),
  )
  return keys.length > 0 ? keys : [before.slice(0, -1)]
}

describe.each([
  ['import machines', mappingSchema],
  ['context import', contextMappingSchema],
])('the mapping of %s', (command, schema) => {
  const rows = [...explained('Keys of both'), ...explained(`Keys of ${command}`)]

  it('has each of its keys explained, and no other', () => {
    expect(rows.map(([key]) => key).sort()).toEqual([...keysOf(z.toJSONSchema(schema, { io: 'input' }))].sort())
  })

  it.each(rows)('takes the example of %s', (key, example) => {
    const mapping = parse(example.replaceAll('\\\\|', '|')) as object
    expect(schema.safeParse(mapping).error?.issues).toBeUndefined()
    const [first, second] = key.split('.')
    expect(Object.keys(mapping)).toEqual([first])
    if (second !== undefined) expect(mapping).toHaveProperty([first!, second])
  })
})

it('names every encoding', () => {
  const named = [...section('Encodings').matchAll(/^\| `([\w-]+)` \| \w/gm)].map(([, name]) => name)
  expect(named.filter((name) => name !== 'encoding')).toEqual(encodings)
})

describe('the examples', () => {
  const examples = page.slice(page.indexOf('## Example: machines'))
  const files = [...examples.matchAll(/`([\w./-]+)`:\n\n```\w+\n(.*?)^```$/gms)].map(
    ([, name, text]) => [name!, text!] as const,
  )
  const runs = [...examples.matchAll(/^```sh\n(.*?)^```\n\n```text\n(.*?)^```$/gms)].map(
    ([, command, output]) => [command!, output!] as const,
  )

  it('do what the page says, word for word', { timeout: 120_000 }, async () => {
    expect([files.length, runs.length]).toEqual([7, 5])
    const folder = await makeTemporaryFolder()
    const stack = await startStack()
    try {
      for (const [name, text] of files) {
        await mkdir(join(folder, dirname(name)), { recursive: true })
        await writeFile(join(folder, name), text, name.endsWith('.csv') ? 'latin1' : 'utf8')
      }
      for (const [command, expected] of runs) {
        const say = async () => steady(await shell(command, folder, { PLANTWATCH_DATA: stack.dataDir }))
        // What is said of earlier readings reaches them a little later.
        if (command.includes(' query '))
          await expect.poll(say, { timeout: 30_000, interval: 500 }).toBe(steady(expected))
        else expect(await say()).toBe(steady(expected))
        await stack.settled()
      }
    } finally {
      await stack.close()
      await removeFolder(folder)
    }
  })
})

/** What both streams of a command say, as a terminal shows it. */
const shell = (command: string, cwd: string, environment: Readonly<Record<string, string>>): Promise<string> =>
  new Promise((resolve) => {
    const launcher = join(projectFolder, 'bin/plantwatch.js')
    const script = `plantwatch() { '${process.execPath}' '${launcher}' "$@"; }\nexec 2>&1\n${command}`
    execFile('/bin/sh', ['-c', script], { cwd, env: cleanEnvironment(environment) }, (_, stdout) => resolve(stdout))
  })

/** Without what is different each time. */
const steady = (output: string): string =>
  output
    .replace(/^\d+ values per second, [\d.]+ s/m, 'N values per second, N s')
    .replace(/ +$/gm, '')
    .replace(/http:\/\/127\.0\.0\.1:\d+/g, 'http://127.0.0.1:8080')
