import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import { UsageError } from '../lib/errors.ts'
import type { Call } from './command.ts'
import { openInput, readInput } from './input.ts'
import { counted, formatTable } from './print-table.ts'
import { answeredTables, typedValue } from './query-tables.ts'
import { ask, findServer } from './server.ts'

/** `plantwatch query`. */
export async function run({ values, arguments: [flux], options, json }: Call): Promise<void> {
  const format = json ? 'json' : ((options['format'] as string | undefined) ?? 'table')
  const script = await readInput(await openInput('Flux', flux, options['file'] as string | undefined))
  if (script.trim() === '') throw new UsageError('the Flux script is empty')
  const response = await ask(await findServer(values), `/api/v2/query?org=${encodeURIComponent(values.influxOrg)}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'application/csv' },
    body: JSON.stringify({
      query: script,
      type: 'flux',
      dialect: { header: true, delimiter: ',', annotations: ['datatype', 'group', 'default'] },
    }),
  })
  const body = response.body as ReadableStream
  if (format === 'csv') await pipeline(Readable.fromWeb(body), process.stdout, { end: false })
  else if (format === 'json') await printJson(body)
  else await printTables(body)
}

async function printJson(body: ReadableStream): Promise<void> {
  for await (const { result, columns, rows } of answeredTables(body))
    for (const row of rows)
      console.log(
        JSON.stringify({
          result,
          ...Object.fromEntries(columns.map(({ name, type }, at) => [name, typedValue(row[at] ?? null, type)])),
        }),
      )
}

async function printTables(body: ReadableStream): Promise<void> {
  let tables = 0
  let rowCount = 0
  for await (const { result, columns, rows } of answeredTables(body)) {
    if (tables++ > 0) console.log()
    const key = columns.flatMap(({ name, inGroupKey }, at) => (inGroupKey ? [`${name}=${rows[0]![at]}`] : []))
    console.log(`${result}: ${key.join(', ')}`)
    const shown = columns.map((_, at) => at).filter((at) => columns[at]!.inGroupKey === false)
    const numeric = shown.map((at) => /^(double|long|unsignedLong)$/.test(columns[at]!.type))
    console.log(
      formatTable(
        shown.map((at) => columns[at]!.name),
        rows.map((row) => shown.map((at) => row[at] ?? '')),
        numeric,
      ),
    )
    rowCount += rows.length
  }
  console.log(tables === 0 ? 'no rows' : `\n${counted(rowCount, 'row')} in ${counted(tables, 'table')}`)
}
