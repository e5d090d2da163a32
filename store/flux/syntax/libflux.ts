import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'

/**
 * InfluxDB's own parser and type checker, compiled to WebAssembly. The package is made for bundlers: its JavaScript imports the
 * `.wasm` beside it, which Node cannot. So the instance is made here first, with imports that hand over to the package's
 * functions, and its JavaScript then runs with that instance in place of the import.
 */
/** As much of WebAssembly as is used here: its types come with the DOM's, which this code has no other use for. */
interface WebAssemblyApi {
  compile(bytes: Uint8Array): Promise<object>
  instantiate(module: object, imports: object): Promise<{ readonly exports: object }>
  readonly Module: { imports(module: object): readonly { readonly name: string }[] }
}
const webAssembly = (globalThis as unknown as { readonly WebAssembly: WebAssemblyApi }).WebAssembly

interface Bindings {
  parse(script: string): unknown
  is_valid_flux(script: string): boolean
  format_from_js_file(ast: unknown): string
  readonly Lsp: new () => LanguageServer
  readonly [name: string]: unknown
}

export interface LanguageServer {
  onMessage(listener: (message: string) => void): void
  send(message: string): Promise<string | undefined>
  run(): Promise<unknown>
}

const wasmImport = /^import \* as wasm from '\.\/flux-lsp-browser_bg\.wasm';/
const consoleImport = /^__wbg_(error|debug|info|log|warn)_/
const handover = Symbol.for('plantwatch.libflux')

async function load(): Promise<Bindings> {
  const require = createRequire(import.meta.url)
  const wasmPath = require.resolve('@influxdata/flux-lsp-browser/flux-lsp-browser_bg.wasm')
  const [wasm, script] = await Promise.all([readFile(wasmPath), readFile(wasmPath.replace(/\.wasm$/, '.js'), 'utf8')])
  if (!wasmImport.test(script))
    throw new Error('the package @influxdata/flux-lsp-browser is not the version this was made for')
  const module = await webAssembly.compile(wasm)
  let bindings: Record<string, (...args: unknown[]) => unknown> = {}
  const delegates = Object.fromEntries(
    webAssembly.Module.imports(module).map(({ name }) => [
      name,
      // Its log goes nowhere: what it has to say about a script comes as diagnostics.
      consoleImport.test(name) ? () => {} : (...args: unknown[]) => bindings[name]!(...args),
    ]),
  )
  const instance = await webAssembly.instantiate(module, { './flux-lsp-browser_bg.js': delegates })
  const globals = globalThis as Record<symbol, unknown>
  globals[handover] = instance.exports
  try {
    const text = script.replace(wasmImport, "const wasm = globalThis[Symbol.for('plantwatch.libflux')];")
    bindings = (await import(`data:text/javascript;base64,${Buffer.from(text).toString('base64')}`)) as typeof bindings
  } finally {
    delete globals[handover]
  }
  return bindings as unknown as Bindings
}

let loaded: Promise<Bindings> | undefined

/** Loads the module once per thread: about 60 ms, and 200 ms more at the first check, for the standard library's types. */
export function loadLibflux(): Promise<Bindings> {
  loaded ??= load()
  return loaded
}
