import { describe, expect, it } from 'vitest'
import { settings } from '../lib/settings.ts'
import { runCommand } from '../test/support/stack.ts'
import { temporaryFolder } from '../test/support/temporary-folder.ts'
import { commands } from './commands.ts'

describe('plantwatch', () => {
  it('shows every command, quickly: no service is loaded for help', async () => {
    const startedMs = performance.now()
    const { status, output } = await runCommand(['--help'])
    expect(performance.now() - startedMs).toBeLessThan(5_000)
    expect(status).toBe(0)
    for (const { name } of commands) expect(output).toMatch(new RegExp(`^  ${name.split(' ')[0]}( |$)`, 'm'))
  })

  it('shows flags with their variable and default, and what comes from the environment alone', async () => {
    const { output } = await runCommand(['ingestor', '--help'])
    const text = output.replace(/\s+/g, ' ')
    expect(text).toContain('(PLANTWATCH_INGESTOR_PORT; default 8087)')
    expect(text).toContain('--json for programs: prints {"ready":true,"ingestor":{"url","token"}}')
    expect(text).toContain('INFLUX_TOKEN token for the store')
    expect(text).not.toContain('--influx-token')
  })

  it.each([
    [['nonsense'], 'unknown command'],
    [['up', '--prot', '1'], "unknown option '--prot'"],
    [['up', '--port', 'eighty'], '--port: "eighty" is no whole number between 0 and 65535'],
    [['query', '--format', 'xml'], 'Allowed choices are table, csv, json'],
    [['ingestor'], 'the ingestor needs to know its store: set INFLUX_URL and INFLUX_TOKEN'],
    [['job', 'run'], "missing required argument 'job'"],
    [['job', 'run', 'moments', '--from', 'yesterday'], '--from: "yesterday" is no time like 2026-03-01T00:00:00Z'],
    [['import', 'machines', '/nowhere'], 'no plantwatch runs on the folder'],
  ])('refuses %j with a sentence and status 2', async (words, sentence) => {
    const { status, errors, output } = await runCommand([...words], { PLANTWATCH_DATA: await temporaryFolder() })
    expect(errors).toContain(sentence)
    expect([status, output]).toEqual([2, ''])
  })

  it('tells programs what is wrong in JSON', async () => {
    const { status, errors } = await runCommand(['query', 'buckets()', '--json', '--data', await temporaryFolder()])
    expect(status).toBe(2)
    expect(JSON.parse(errors)).toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('no plantwatch runs'),
    })
  })
})

it('every command says what --json prints, and names only settings there are', () => {
  for (const row of commands) {
    expect(row.json, row.name).not.toBe('')
    for (const name of row.settings) expect(settings[name]).toBeDefined()
  }
})
