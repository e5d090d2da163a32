import { FluxError } from '../errors.ts'
import { TableStream } from '../stream.ts'
import type { Script } from '../syntax/tree.ts'
import { type Compiled, Compiler, type Frame, Names } from './compile.ts'
import { defaultNow, type Engine } from './engine.ts'
import { packageName, packageValue, universeValue } from './packages.ts'
import { type NamedResult, resultsOf } from './results.ts'

/**
 * Runs the statements of a checked script. Streams are only put together here; their tables are computed when somebody asks.
 * @returns the script's results: explicit yields, and each expression statement that is a stream
 * @throws FluxError when a statement fails, two results share a name, or there is no result at all
 */
export function runScript(script: Script, engine: Engine): readonly NamedResult[] {
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
        if (value instanceof TableStream) engine.addResult('_result', value, 'statement')
        break
      }
      case 'return':
        throw new FluxError('invalid', 'return stands outside of a function')
    }
  }
  const results = resultsOf(engine.candidates)
  if (results.length === 0)
    throw new FluxError(
      'invalid',
      'error in query specification while starting program: this Flux script returns no streaming data. Consider adding a "yield" or invoking streaming functions directly, without performing an assignment',
      { positioned: true },
    )
  return results
}
