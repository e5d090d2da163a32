import { askJson, queryText } from '../ask-json.ts'
import type { Call } from '../command.ts'
import { countOption } from '../number-option.ts'
import { printRecords } from '../print-table.ts'
import { findServer } from '../server.ts'
import type { LetterPage } from './letter.ts'

const textShown = 60

/** `plantwatch dead-letter list`. */
export async function run({ values, options, json }: Call): Promise<void> {
  const { reason, state = 'open' } = options as { reason?: string; state?: string }
  const limit = Math.min(countOption(options, 'limit') ?? 100, 1_000)
  const offset = countOption(options, 'offset', { least: 0 }) ?? 0
  const query = queryText({ state: state === 'all' ? undefined : state, reason, limit, offset })
  const page = await askJson<LetterPage>(await findServer(values), `/api/v1/dead-letters${query}`)
  if (json) {
    console.log(JSON.stringify(page))
    return
  }
  printRecords(
    page.dead_letters.map(({ id, at, reason, state, source, line, message, text }) => ({
      id,
      at,
      reason,
      state,
      source,
      line: line === 0 ? null : line,
      message: shortened(message),
      text: shortened(text),
    })),
  )
  const open = Object.entries(page.open_by_reason).map(([name, count]) => `${count} ${name}`)
  console.log(open.length === 0 ? '\nno letter is open' : `\nopen: ${open.join(', ')}`)
  if (page.dropped_by_retention > 0) console.log(`${page.dropped_by_retention} were dropped by age or size`)
  if (page.links.next !== undefined) console.log(`there are more: --offset ${offset + limit}`)
}

const shortened = (text: string): string => {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length > textShown ? `${line.slice(0, textShown - 1)}…` : line
}
