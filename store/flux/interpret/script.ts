import { FluxError } from '../errors.ts'
import { TableStream } from '../stream.ts'
import type { Script } from '../syntax/tree.ts'
import type { Value } from '../values.ts'
import { type Compiled, Compiler, type Frame, Names } from './compile.ts'
import { type CollectedResult, defaultNow, type Engine } from './engine.ts'
import { packageName, packageValue, universeValue } from './packages.ts'

/**
 * Runs the statements of a checked script. Streams are only put together here; their tables are computed when somebody asks.
 * @returns the script's results: explicit yields, and each expression statement that is a stream
 * @throws FluxError when a statement fails, two results share a name, or there is no result at all
 */
export function runScript(script: Script, engine: Engine): readonly CollectedResult[] {
  const compiler = new Compiler(engine, (name) => (name === 'now' ? defaultNow : universeValue(name)))
  const names = new Names(null)
  const frame: Frame = { values: [], parent: null }
  const paths = new Map<string, string>()
  for (const { path, name } of script.imports) {
    const known = name ?? packageName(path)
    paths.set(known, path)
    frame.values[names.declare(known)] = packageValue(path, engine.options)
  }
  for (const statement of script.statements) {
    switch (statement.kind) {
      case 'assignment': {
        const run: Compiled = compiler.expression(statement.value, names)
        const value = run(frame)
        frame.values[names.declare(statement.name)] = value
        break
      }
      case 'option': {
        const value = compiler.expression(statement.value, names)(frame)
        const owner = statement.package === null ? null : (paths.get(statement.package) ?? statement.package)
        engine.options.set(owner === null ? statement.name : `${owner}.${statement.name}`, value)
        break
      }
      case 'expression': {
        const value = compiler.expression(statement.expression, names)(frame)
        addUnnamed(engine, value)
        break
      }
      case 'return':
        throw new FluxError('invalid', 'return stands outside of a function')
    }
  }
  if (engine.results.length === 0)
    throw new FluxError(
      'invalid',
      'error in query specification while starting program: this Flux script returns no streaming data. Consider adding a "yield" or invoking streaming functions directly, without performing an assignment',
      { positioned: true },
    )
  return engine.results
}

/** A stream that stands alone is the result `_result`, unless it was yielded under a name already. */
function addUnnamed(engine: Engine, value: Value): void {
  if (!(value instanceof TableStream)) return
  if (engine.results.some(({ stream }) => stream === value)) return
  if (engine.results.some(({ name }) => name === '_result'))
    throw new FluxError(
      'invalid',
      'failed to initialize execute state: tried to produce more than one result with the name "_result"',
      { positioned: true },
    )
  engine.results.push({ name: '_result', stream: value })
}
