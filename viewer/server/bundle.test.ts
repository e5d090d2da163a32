import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { Assets } from './assets.ts'
import { ensureBundle, sourcesHash } from './bundle.ts'

async function builder() {
  const folder = await temporaryFolder()
  const distDir = join(folder, 'dist')
  let built = 0
  return {
    folder,
    distDir,
    built: () => built,
    ensure: () =>
      ensureBundle({
        log: () => {},
        distDir,
        async build(outDir) {
          const number = ++built
          await mkdir(join(outDir, 'assets'), { recursive: true })
          await new Promise((resolve) => setTimeout(resolve, 20))
          await writeFile(join(outDir, 'index.html'), `<html><script>build = ${number}</script></html>`)
          await writeFile(join(outDir, 'assets/a-1.js'), 'x'.repeat(3_000))
          await writeFile(join(outDir, 'assets/a-1.js.gz'), 'packed')
        },
      }),
  }
}

describe('the bundle', () => {
  it('is built when it is missing, and not again', async () => {
    const { ensure, built, distDir } = await builder()
    expect(await ensure()).toBe(distDir)
    expect(await ensure()).toBe(distDir)
    expect(built()).toBe(1)
  })

  it('is built again when it was made of other sources', async () => {
    const { ensure, built, distDir, folder } = await builder()
    await ensure()
    await writeFile(join(distDir, 'sources.sha256'), 'of another time')
    await ensure()
    expect(built()).toBe(2)
    expect(await readFile(join(distDir, 'index.html'), 'utf8')).toContain('build = 2')
    expect(await readdir(folder)).toEqual(['dist'])
  })

  it('that the tests built is React’s production build, whatever NODE_ENV says here', async () => {
    expect(process.env['NODE_ENV']).toBe('test')
    const assets = join(await ensureBundle({ log: () => {} }), 'assets')
    const scripts = (await readdir(assets)).filter((name) => name.endsWith('.js'))
    for (const name of scripts) expect(await readFile(join(assets, name), 'utf8')).not.toContain('jsxDEV')
    expect(scripts.length).toBeGreaterThan(0)
  })

  it('is whole when several build it at once', async () => {
    const { ensure, distDir, folder } = await builder()
    await Promise.all([ensure(), ensure(), ensure(), ensure()])
    expect(new Assets(distDir).page(new Request('http://board/')).status).toBe(200)
    expect(await readFile(join(distDir, 'sources.sha256'), 'utf8')).toBe(sourcesHash())
    expect(await readdir(folder)).toEqual(['dist'])
  })

  it('of a builder that failed leaves the old one in its place', async () => {
    const { ensure, distDir, folder } = await builder()
    await ensure()
    await writeFile(join(distDir, 'sources.sha256'), 'of another time')
    const failing = ensureBundle({ log: () => {}, distDir, build: () => Promise.reject(new Error('no memory')) })
    await expect(failing).rejects.toThrow('no memory')
    expect(await readFile(join(distDir, 'index.html'), 'utf8')).toContain('build = 1')
    expect(await readdir(folder)).toEqual(['dist'])
  })

  it('sweeps up after builders that were killed, and lets those that work be', async () => {
    const { ensure, folder } = await builder()
    await mkdir(join(folder, 'dist.making-999999999-abc'))
    await mkdir(join(folder, `dist.making-${process.ppid}-abc`))
    await ensure()
    expect((await readdir(folder)).sort()).toEqual(['dist', `dist.making-${process.ppid}-abc`])
  })

  it('is served with names that are kept for ever, packed for those who can unpack it', async () => {
    const { ensure } = await builder()
    const assets = new Assets(await ensure())
    const ask = (path: string, headers: Record<string, string> = {}) =>
      assets.file(path, new Request(`http://board${path}`, { headers }))
    const packed = ask('/assets/a-1.js', { 'accept-encoding': 'gzip, br' })!
    expect(packed.headers.get('content-encoding')).toBe('gzip')
    expect(packed.headers.get('cache-control')).toContain('immutable')
    expect(await packed.text()).toBe('packed')
    const plain = ask('/assets/a-1.js')!
    expect(plain.headers.get('content-encoding')).toBeNull()
    expect(ask('/assets/a-1.js', { 'if-none-match': plain.headers.get('etag')! })!.status).toBe(304)
    expect(ask('/assets/missing.js')).toBeNull()
    expect(ask('/assets/../package.json')).toBeNull()
  })

  it('comes with a policy that lets the page’s own script run and no other', async () => {
    const { ensure } = await builder()
    const policy = new Assets(await ensure()).page(new Request('http://board/')).headers.get('content-security-policy')!
    expect(policy).toMatch(/script-src 'self' 'sha256-[^']+'/)
    expect(policy).not.toMatch(/script-src[^;]*unsafe/)
  })
})
