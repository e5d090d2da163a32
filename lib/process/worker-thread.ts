import { Worker, type WorkerOptions } from 'node:worker_threads'

/**
 * Starts a worker thread from a module beside the caller's, which is TypeScript when run from the source and JavaScript when
 * built. @param name of the module without its ending, relative to `base`, such as `./worker`
 */
export function startWorker(name: string, base: string, options: WorkerOptions = {}): Worker {
  if (!base.endsWith('.ts')) return new Worker(new URL(`${name}.js`, base), { ...options, execArgv: [] })
  // A worker does not inherit the loader that its parent registered: this one registers it for itself first.
  const loader = JSON.stringify(import.meta.resolve('tsx/esm/api'))
  const module = JSON.stringify(new URL(`${name}.ts`, base).href)
  const script = `import { register } from ${loader}; register(); await import(${module})`
  return new Worker(new URL(`data:text/javascript,${encodeURIComponent(script)}`), { ...options, execArgv: [] })
}
