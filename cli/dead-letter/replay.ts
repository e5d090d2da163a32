import { UsageError } from '../../lib/errors.ts'
import { askJson } from '../ask-json.ts'
import type { Call } from '../command.ts'
import { openInput, readInput } from '../input.ts'
import { idArgument } from '../number-option.ts'
import { counted } from '../print-table.ts'
import { findServer } from '../server.ts'
import type { Letter } from './letter.ts'

interface Result {
  readonly replayed: number
  readonly failed: readonly { readonly id: number; readonly message: string }[]
}

/** `plantwatch dead-letter replay`. */
export async function run({ values, arguments: [id], options, json }: Call): Promise<void> {
  const { reason, text, file } = options as { reason?: string; text?: string; file?: string }
  const all = options['all'] === true
  if ([id !== undefined, reason !== undefined, all].filter(Boolean).length !== 1)
    throw new UsageError('say which: the number of a letter, --reason or --all')
  const isMended = text !== undefined || file !== undefined
  if (id === undefined && isMended) throw new UsageError('--text and --file mend one letter: give its number')
  const server = await findServer(values)
  if (id !== undefined) {
    const number = idArgument(id, 'dead letter')
    const mended = isMended ? { text: await readInput(await openInput('mended lines', text, file)) } : {}
    const letter = await askJson<Letter>(server, `/api/v1/dead-letters/${number}/replay`, 'POST', mended)
    console.log(json ? JSON.stringify(letter) : `letter ${number} is stored now`)
    return
  }
  const result = await askJson<Result>(
    server,
    '/api/v1/dead-letters/replay',
    'POST',
    reason === undefined ? {} : { reason },
  )
  if (json) console.log(JSON.stringify(result))
  else {
    console.log(`${counted(result.replayed, 'letter')} stored now`)
    for (const { id: failed, message } of result.failed) console.error(`letter ${failed}: ${message}`)
  }
  if (result.failed.length > 0) process.exitCode = 1
}
