/**
 * Prints how the engine answers the recorded questions, topic by topic:
 *   node --import tsx test/contract/flux-report.ts [--wrong|--other|--refused] [topic…]
 */
import { FluxUnderTest, type Outcome, recordedFlux, replayFlux, type Verdict } from './flux-replay.ts'

const shown: Readonly<Record<string, Verdict>> = { '--wrong': 'wrong', '--other': 'other text', '--refused': 'refused' }
const flags = process.argv.slice(2).filter((argument) => argument.startsWith('--'))
const topics = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))

const folder = recordedFlux()
if (folder === null) {
  console.error('the recorded answers are not at hand; PLANTWATCH_SHARED names their folder')
  process.exit(2)
}
const engine = new FluxUnderTest(!flags.includes('--no-pushdown'))
engine.load(folder)
const outcomes = await replayFlux(folder, engine, topics)
const count = (of: readonly Outcome[], verdict: Verdict): number =>
  of.filter((outcome) => outcome.verdict === verdict).length
const line = (name: string, of: readonly Outcome[]): string =>
  `${name.padEnd(24)} ${of.length} cases: ${(['right', 'other text', 'refused', 'wrong'] as const).map((v) => `${count(of, v)} ${v}`).join(', ')}`

for (const flag of flags)
  for (const { topic, name, flux, verdict, reason } of outcomes)
    if (verdict === shown[flag]) console.log(`${topic}: ${name}\n${flux}\n   ${reason}\n`)
for (const [topic, of] of grouped(outcomes)) console.log(line(topic, of))
console.log(line('together', outcomes))
process.exitCode = count(outcomes, 'wrong') > 0 ? 1 : 0

function grouped(all: readonly Outcome[]): Map<string, Outcome[]> {
  const groups = new Map<string, Outcome[]>()
  for (const outcome of all) groups.set(outcome.topic, [...(groups.get(outcome.topic) ?? []), outcome])
  return groups
}
