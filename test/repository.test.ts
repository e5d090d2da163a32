import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { staleFiles } from '../bin/generate.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Which folders a folder may import from; itself always. */
const mayImport = {
  lib: [],
  ingestor: ['lib'],
  store: ['lib'],
  analytics: ['lib'],
  grafana: ['lib'],
  viewer: ['lib'],
  simulator: ['lib'],
  cli: ['lib', 'ingestor', 'store', 'analytics', 'viewer', 'simulator'],
} satisfies Record<string, readonly string[]>

const sources = (folder: string): string[] =>
  readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((path) => !path.includes('node_modules') && !path.startsWith('viewer/dist'))

const isTest = (path: string): boolean => /\.(test|bench)\.tsx?$/.test(path)

const importPattern = /(?:from|import)\s*\(?\s*['"](\.{1,2}\/[^'"]+)['"]|new URL\(\s*['"](\.{1,2}\/[^'"]+\.tsx?)['"]/g

/** Files of the project that a file imports, relative to the project. */
const importsOf = (path: string): string[] =>
  [...readFileSync(join(root, path), 'utf8').matchAll(importPattern)].map((match) =>
    relative(root, resolve(root, dirname(path), (match[1] ?? match[2])!)),
  )

describe('imports along the arrows', () => {
  for (const [folder, allowed] of Object.entries(mayImport)) {
    it(`${folder}/ imports only ${['itself', ...allowed].join(', ')}`, () => {
      const wrong: string[] = []
      for (const path of sources(folder)) {
        if (isTest(path)) continue
        for (const target of importsOf(path)) {
          const to = target.split('/')[0]!
          if (to !== folder && !(allowed as readonly string[]).includes(to)) wrong.push(`${path} → ${target}`)
        }
      }
      expect(wrong).toEqual([])
    })
  }

  it('store/flux knows neither DuckDB nor HTTP', () => {
    const wrong = sources('store/flux').filter(
      (path) =>
        !isTest(path) &&
        (importsOf(path).some((target) => target.startsWith('store/') && !target.startsWith('store/flux/')) ||
          /from '(hono|@hono\/|@duckdb\/|node:http)/.test(readFileSync(join(root, path), 'utf8'))),
    )
    expect(wrong).toEqual([])
  })

  it('nothing but tests imports test/ or bench/', () => {
    const wrong = Object.keys(mayImport)
      .flatMap(sources)
      .filter((path) => !isTest(path) && importsOf(path).some((target) => /^(test|bench)\//.test(target)))
    expect(wrong).toEqual([])
  })

  it('every relative import exists', () => {
    const missing = [...Object.keys(mayImport), 'bin', 'test', 'bench'].flatMap(sources).flatMap((path) =>
      importsOf(path)
        .filter((target) => !target.includes('*') && !existsSync(join(root, target.replace(/\?.*$/, ''))))
        .map((target) => `${path} → ${target}`),
    )
    expect(missing).toEqual([])
  })

  it('every source file is reached from an entry point', () => {
    const all = Object.keys(mayImport).flatMap(sources)
    const entries = [
      'cli/main.ts',
      'bin/generate.ts',
      ...all.filter((path) => /(^|\/)(main|worker|entry|vite\.config|index)\.tsx?$/.test(path)),
      ...all.filter(isTest),
      ...['bench', 'test', 'bin'].flatMap(sources),
    ]
    const seen = new Set<string>()
    const visit = (path: string): void => {
      if (seen.has(path) || !existsSync(join(root, path)) || !/\.tsx?$/.test(path)) return
      seen.add(path)
      for (const target of importsOf(path)) visit(target)
    }
    for (const entry of entries) visit(entry)
    expect(all.filter((path) => !seen.has(path) && !path.endsWith('.d.ts'))).toEqual([])
  })
})

describe('the lock file', () => {
  interface Locked {
    readonly optionalDependencies?: Readonly<Record<string, string>>
    readonly hasInstallScript?: boolean
  }
  const packages = (
    JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, Locked> }
  ).packages

  it('holds the packages of every platform, so that npm ci works everywhere', () => {
    const missing = Object.entries(packages).flatMap(([path, locked]) =>
      Object.keys(locked.optionalDependencies ?? {})
        .filter(
          (name) =>
            packages[`${path}/node_modules/${name}`] === undefined && packages[`node_modules/${name}`] === undefined,
        )
        .map((name) => `${path} → ${name}`),
    )
    expect(missing).toEqual([])
  })

  it('has no install script but esbuild’s, which only checks the binary that npm installed', () => {
    const withScript = Object.entries(packages)
      .filter(([, locked]) => locked.hasInstallScript)
      .map(([path]) => path.replace(/^.*node_modules\//, ''))
    expect(withScript.filter((name) => name !== 'esbuild' && name !== 'fsevents')).toEqual([])
  })

  it('names no registry host, so that every registry can serve it', () => {
    expect(readFileSync(join(root, 'package-lock.json'), 'utf8')).not.toMatch(/"resolved": "http/)
  })
})

describe('generated files', () => {
  it('are what `npm run generate` would write', async () => {
    expect((await staleFiles()).map((file) => file.path)).toEqual([])
  })
})
