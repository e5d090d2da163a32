import { UsageError } from '../../lib/errors.ts'
import { askJson } from '../ask-json.ts'
import type { Call } from '../command.ts'
import { countOption } from '../number-option.ts'
import { findServer } from '../server.ts'

/** `plantwatch token create`. */
export async function run({ values, arguments: [name], options, json }: Call): Promise<void> {
  const { bucket, measurement, machine, tags } = options as Partial<Record<string, string>>
  const seriesMax = countOption(options, 'seriesMax', { flag: 'series-max' })
  const forced = { ...forcedTags(tags), ...(machine === undefined ? {} : { machine }) }
  const made = await askJson<{ id: string; token: string }>(await findServer(values), '/api/v1/tokens', 'POST', {
    name: name!,
    ...(bucket === undefined ? {} : { buckets: words(bucket, 'bucket') }),
    ...(measurement === undefined ? {} : { measurements: words(measurement, 'measurement') }),
    forced_tags: forced,
    ...(seriesMax === undefined ? {} : { series_max: seriesMax }),
  })
  if (json) console.log(JSON.stringify(made))
  else {
    console.log(made.token)
    console.error(`token ${made.id} for "${name}": it is shown this once and not kept`)
  }
}

const words = (text: string, flag: string): readonly string[] => {
  const found = text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')
  if (found.length === 0) throw new UsageError(`--${flag} names nothing`)
  return found
}

function forcedTags(text: string | undefined): Readonly<Record<string, string>> {
  if (text === undefined) return {}
  return Object.fromEntries(
    words(text, 'tags').map((pair) => {
      const [tag, ...value] = pair.split('=')
      if (tag === '' || value.join('=') === '') throw new UsageError(`--tags: "${pair}" is no name=value`)
      return [tag!, value.join('=')]
    }),
  )
}
