import { askJson } from '../ask-json.ts'
import type { Call } from '../command.ts'
import { idArgument } from '../number-option.ts'
import { findServer } from '../server.ts'
import type { Letter } from './letter.ts'

/** `plantwatch dead-letter show`. */
export async function run({ values, arguments: [id], options, json }: Call): Promise<void> {
  const number = idArgument(id!, 'dead letter')
  const letter = await askJson<Letter>(await findServer(values), `/api/v1/dead-letters/${number}`)
  const { text, base64, ...facts } = letter
  if (options['text'] === true) process.stdout.write(base64 === undefined ? text : Buffer.from(base64, 'base64'))
  else if (json) console.log(JSON.stringify(letter))
  else {
    for (const [name, value] of Object.entries(facts)) console.log(`${`${name}:`.padEnd(10)} ${value}`)
    console.log(`\n${text}`)
    if (base64 !== undefined) console.log('\nThe bytes are not all UTF-8: --text writes them as they are.')
  }
}
