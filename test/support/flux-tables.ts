import { Budget } from '../../store/flux/budget.ts'
import type { Cell } from '../../store/flux/column.ts'
import { prepare } from '../../store/flux/evaluate.ts'
import { Engine } from '../../store/flux/interpret/engine.ts'
import { runScript } from '../../store/flux/interpret/script.ts'
import type { Source } from '../../store/flux/source.ts'
import { pointsOf } from './line-protocol-points.ts'
import { MemorySource } from './memory-source.ts'

export interface FluxTable {
  readonly key: readonly string[]
  readonly rows: readonly Readonly<Record<string, Cell>>[]
}

/** `now()` of all scripts under test. */
export const testNowNs = BigInt(Date.UTC(2026, 3, 15, 12)) * 1_000_000n

const limits = { rowsMax: 1_000_000, bytesMax: 2 ** 28, timeoutMs: 20_000 }

/** A store in memory with one bucket `plant` that holds some line protocol. */
export function plantSource(lines = ''): MemorySource {
  const source = new MemorySource()
  const { id } = source.addBucket('plant')
  if (lines !== '') source.write(id, pointsOf(Buffer.from(lines)))
  return source
}

/** The tables of the first result of a script. @throws FluxError */
export async function fluxTables(script: string, source: Source = plantSource()): Promise<FluxTable[]> {
  const engine = new Engine(source, new Budget(limits), testNowNs, true)
  const [first] = runScript(await prepare(script, undefined), engine)
  return [...first!.stream.tables()].map((table) => ({
    key: table.key.labels,
    rows: Array.from({ length: table.length }, (_, i) =>
      Object.fromEntries(table.columns.map((column) => [column.label, column.at(i)])),
    ),
  }))
}

/** What expressions are worth, by name. @param imports packages by path @throws FluxError */
export async function fluxValues(
  expressions: Readonly<Record<string, string>>,
  imports: readonly string[] = [],
): Promise<Readonly<Record<string, Cell>>> {
  const members = Object.entries(expressions).map(([name, expression]) => `${name}: ${expression}`)
  const script = [
    ...['array', ...imports].map((path) => `import "${path}"`),
    `array.from(rows: [{${members.join(', ')}}])`,
  ].join('\n')
  const [table] = await fluxTables(script)
  return table!.rows[0]!
}
