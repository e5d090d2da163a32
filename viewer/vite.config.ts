import { createReadStream, existsSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

const here = fileURLToPath(new URL('.', import.meta.url))
const noEditor = fileURLToPath(new URL('./src/grafana/no-editor.ts', import.meta.url))
const packageFolder = (name: string): string => dirname(createRequire(import.meta.url).resolve(`${name}/package.json`))

/** Grafana's components ask for icons and fonts by fixed addresses; their package brings only a part of them. */
const published: readonly (readonly [from: string, to: string])[] = [
  [join(packageFolder('@grafana/ui'), 'dist/public/img/icons'), 'public/build/img/icons'],
  [join(here, 'icons'), 'public/build/img/icons/unicons'],
  ...(
    [
      ['400-normal', 'Inter-Regular'],
      ['500-normal', 'Inter-Medium'],
      ['400-italic', 'Inter-Italic'],
      ['500-italic', 'Inter-MediumItalic'],
    ] as const
  ).map(
    ([weight, name]) =>
      [
        join(packageFolder('@fontsource/inter'), `files/inter-latin-${weight}.woff2`),
        `public/fonts/inter/${name}.woff2`,
      ] as const,
  ),
  [
    join(packageFolder('@fontsource/roboto-mono'), 'files/roboto-mono-latin-400-normal.woff2'),
    'public/fonts/roboto/L0xTDF4xlVMF-BfR8bXMIhJHg45mwgGEFl0_3vrtSM1J-gEPT5Ese6hmHSh0mQ.woff2',
  ],
]

/** Copies them into a bundle, and packs what is worth packing. */
function publish(): Plugin {
  let outDir = ''
  return {
    name: 'publish',
    configResolved(config) {
      outDir = join(config.root, config.build.outDir)
      if (config.build.outDir.startsWith('/') || /^[A-Z]:/i.test(config.build.outDir)) outDir = config.build.outDir
    },
    async closeBundle() {
      for (const [from, to] of published) {
        await mkdir(dirname(join(outDir, to)), { recursive: true })
        await cp(from, join(outDir, to), { recursive: true })
      }
      await packAll(outDir)
    },
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const path = (request.url ?? '').split('?', 1)[0]!
        const row = published.find(([, to]) => path === `/${to}` || path.startsWith(`/${to}/`))
        const file = row === undefined ? '' : join(row[0], path.slice(row[1].length + 1))
        if (file !== '' && existsSync(file)) createReadStream(file).pipe(response)
        else next()
      })
    },
  }
}

const toBrotli = promisify(brotliCompress)
const toGzip = promisify(gzip)

async function packAll(outDir: string): Promise<void> {
  const assets = join(outDir, 'assets')
  await Promise.all(
    (await readdir(assets))
      .filter((name) => /\.(js|css)$/.test(name))
      .map(async (name) => {
        const path = join(assets, name)
        const bytes = await readFile(path)
        if (bytes.length < 2_048) return
        await writeFile(`${path}.gz`, await toGzip(bytes, { level: 9 }))
        const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }
        await writeFile(`${path}.br`, await toBrotli(bytes, quality))
      }),
  )
}

export default defineConfig({
  root: here,
  plugins: [react(), publish()],
  publicDir: false,
  resolve: {
    alias: [
      // Every zone from 1970 on; the whole table is five times as large.
      { find: /^moment-timezone$/, replacement: 'moment-timezone/builds/moment-timezone-with-data-1970-2030.js' },
      // Editors, which a board for looking at never opens.
      { find: /^(@monaco-editor\/react|monaco-editor(\/.*)?)$/, replacement: noEditor },
    ],
    dedupe: ['react', 'react-dom', '@grafana/data', '@grafana/schema', '@grafana/i18n'],
  },
  build: { target: 'es2022', sourcemap: false, chunkSizeWarningLimit: 4_000, reportCompressedSize: false },
})
