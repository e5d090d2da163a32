import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

/** How many different bodies of so many lines take turns, so that nothing is measured on one repeated body. */
export const copiesOf: Readonly<Record<number, number>> = { 1: 1_000, 50: 200, 500: 64, 5000: 24 }

const padded = (number: number, width: number): string => String(number).padStart(width, '0')

/** A plant of 40 machines with 25 sensors each: lines of 8 tags and 3 fields, about 180 bytes, a millisecond apart. */
export function* plantLines(firstNs: bigint): Generator<string, never, undefined> {
  for (let i = 0; ; i++) {
    const machine = i % 40
    const sensor = Math.floor(i / 40) % 25
    const tags = [
      `line=L${1 + (machine % 4)}`,
      `lot=LOT-${padded(2_400 + machine, 6)}`,
      `machine=M${padded(machine, 3)}`,
      `operator=op-${padded(machine % 12, 2)}`,
      `product=P-${padded(100 + (machine % 8), 4)}`,
      `sensor=s${padded(sensor, 2)}`,
      'shift=early',
      'site=north',
    ]
    const celsius = (60 + ((i * 7_919) % 1_000) / 37).toFixed(3)
    const bar = (1 + ((i * 104_729) % 1_000) / 997).toFixed(4)
    yield `machine_data,${tags.join(',')} temperature=${celsius},pressure=${bar},count=${i}i ${firstNs + BigInt(i) * 1_000_000n}\n`
  }
}

/** Lines of so many machines that leave it to the ingestor to say which lot ran: 5 tags, 3 fields. */
export function* bareLines(firstNs: bigint, machines: number): Generator<string, never, undefined> {
  for (let i = 0; ; i++) {
    const machine = (i * 7_919) % machines
    const tags = `line=L${1 + (machine % 4)},machine=M${padded(machine, 5)},sensor=s${padded(i % 4, 2)},shift=early,site=north`
    const celsius = (60 + ((i * 7_919) % 1_000) / 37).toFixed(3)
    yield `machine_data,${tags} temperature=${celsius},pressure=1.5,count=${i}i ${firstNs + BigInt(i) * 1_000_000n}\n`
  }
}

/** Writes bodies as `body<lines>.<copy>.lp` and gzipped beside it. @returns what the load generator is to put before the dot */
export async function writeBodies(
  folder: string,
  source: Generator<string, never, undefined>,
  linesPerRequest: readonly number[],
): Promise<(lines: number) => string> {
  await mkdir(folder, { recursive: true })
  for (const lines of linesPerRequest)
    for (let copy = 0; copy < copiesOf[lines]!; copy++) {
      let body = ''
      for (let i = 0; i < lines; i++) body += source.next().value
      await writeFile(join(folder, `body${lines}.${copy}.lp`), body)
      await writeFile(join(folder, `body${lines}.${copy}.lp.gz`), gzipSync(body))
    }
  return (lines) => join(folder, `body${lines}`)
}
