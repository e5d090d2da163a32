import type { CommanderError } from 'commander'
import { createProgram } from '../../cli/main.ts'

/** What the real command line says against these words; null when it would run them. */
export async function refusalOf(words: readonly string[]): Promise<string | null> {
  let understood = false
  try {
    await createProgram(true, async () => {
      understood = true
    }).parseAsync(['node', 'plantwatch', ...words])
  } catch (error) {
    return (error as CommanderError).message
  }
  return understood ? null : 'it runs nothing'
}

/** Words of one shell command: quotes hold words together, a `#` ends it. Enough for what documentation shows. */
export function shellWords(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(#.*$)|([^\s'"]+)/gm)]
    .filter((match) => match[3] === undefined)
    .map((match) => match[1] ?? match[2] ?? match[4]!)
}
