import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { projectFolder } from '../bin/generate.ts'
import { settings } from '../lib/settings.ts'
import { refusalOf, shellWords } from './support/command-words.ts'
import { startStack } from './support/stack.ts'

const read = (path: string): string => readFileSync(join(projectFolder, path), 'utf8')
const docs = readdirSync(join(projectFolder, 'docs')).filter((name) => name.endsWith('.md'))
const pages = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...docs.map((name) => `docs/${name}`)]
const picture = 'docs/board.png'
/** Made from what runs; while one is not there yet its test is skipped, visibly. */
const made = [picture, 'docs/flux-support.md', 'docs/api-support.md']

const codeBlocks = (text: string): string[] => [...text.matchAll(/^```\w*\n(.*?)^```$/gms)].map(([, block]) => block!)
const codeWords = (text: string): string[] =>
  [...text.replace(/^```.*?^```$/gms, '').matchAll(/`([^`\n]+)`/g)].map(([, code]) => code!)

/** Calls of the program in a piece of shell: without what stands before it, and without what comes after. */
const calls = (code: string): string[] =>
  code
    .replaceAll('\\\n', ' ')
    .split(/\n|&&|\|(?=\s)|;/)
    .flatMap(
      (part) =>
        /^(?:[A-Z_]+=\S+ )*(?:npx |node (?:--\S+ )?bin\/|docker compose exec \w+ |docker run .+ (?=\S+:local))?plantwatch(?:\.js|:local)? (.+)$/.exec(
          part.trim(),
        )?.[1] ?? [],
    )
    // `[--from --to]` may be left out; COMMAND stands for any.
    .map((call) => call.replace(/\[[^\]]*\]/g, '').trim())
    .filter((call) => !/^[A-Z]{2,}\b/.test(call) && !/--help\b/.test(call))

describe('the README', () => {
  const readme = read('README.md')

  it('is two screens: fewer than 500 words, the two commands, the Docker way', () => {
    expect(readme.split(/\s+/).length).toBeLessThan(500)
    for (const words of ['npm ci && npm start', 'npm ci && npm test', 'docker compose up -d'])
      expect(codeBlocks(readme).join('')).toContain(words)
    expect(readme).toContain(`](${picture})`)
    // What the tests below look at is really found.
    expect(codeBlocks(readme).flatMap(calls)).toEqual(['import machines ./exports', 'init'])
  })

  it('names the ports that are the defaults', () => {
    const ports = [...readme.matchAll(/127\.0\.0\.1:(\d+)/g)].map(([, port]) => Number(port))
    expect([...new Set(ports)].sort()).toEqual([3000, settings.port.fallback, settings.ingestorPort.fallback].sort())
  })

  for (const path of made)
    it.skipIf(!existsSync(join(projectFolder, path)))(`leads to ${path}`, () => {
      const start = readFileSync(join(projectFolder, path)).subarray(0, 4).toString('latin1')
      expect(start).toMatch(path.endsWith('.png') ? /^.PNG$/ : /^(# |<!--)/)
    })

  it('writes a point with curl and asks for it with Flux, word for word', { timeout: 90_000 }, async ({ skip }) => {
    if (!existsSync('/bin/sh') || (await promisify(execFile)('curl', ['--version']).catch(() => null)) === null)
      skip('no curl here')
    const stack = await startStack()
    try {
      const script = codeBlocks(readme)
        .find((block) => block.includes('curl'))!
        .replace(/data\/demo\/secrets\/operator-token/, `${stack.dataDir}/secrets/operator-token`)
        .replaceAll('http://127.0.0.1:8080', stack.gatewayUrl)
        .replaceAll('curl ', 'curl --silent --show-error --fail-with-body ')
      const { stdout } = await promisify(execFile)('/bin/sh', ['-ec', script])
      expect(stdout).toMatch(/,71\.5,value,temperature,press,oil\r\n/)
    } finally {
      await stack.close()
    }
  })
})

describe.each(pages)('%s', (page) => {
  const text = read(page)

  it('links to what exists', () => {
    const missing = [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target]) => target!.replace(/#.*$/, ''))
      .filter((target) => target !== '' && !/^https?:/.test(target))
      .map((target) => join(dirname(page), target))
      .filter((path) => !made.includes(path) && !existsSync(join(projectFolder, path)))
    expect(missing).toEqual([])
  })

  it('names npm scripts and commands that exist', async () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    const named = [...text.matchAll(/\bnpm (?:run )?(start|test|run ([\w:]+))\b|\bnpm run ([\w:]+)/g)].map(
      ([, word, a, b]) => a ?? b ?? word!,
    )
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([])

    const refused: string[] = []
    for (const code of codeBlocks(text))
      for (const call of calls(code)) {
        const refusal = await refusalOf(shellWords(call))
        if (refusal !== null) refused.push(`${call}: ${refusal}`)
      }
    // In a sentence a command may stand without its arguments, a group without its commands.
    for (const code of codeWords(text))
      for (const call of calls(code)) {
        const refusal = await refusalOf(shellWords(call))
        if (refusal !== null && !refusal.includes('missing required argument')) refused.push(`${call}: ${refusal}`)
      }
    expect(refused).toEqual([])
  })
})

it('docs/README.md names every page', () => {
  const index = read('docs/README.md')
  expect(docs.filter((name) => name !== 'README.md' && !index.includes(`](${name})`))).toEqual([])
})
