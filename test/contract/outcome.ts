/**
 * `right`: the recorded answer. `other text`: refused with the recorded status and code, in other words. `refused`: refused by name
 * as not supported, or asking for what a refused step should have made. `wrong`: anything else, that is a plausible answer that
 * is not the recorded one.
 */
export const verdicts = ['right', 'other text', 'refused', 'wrong'] as const
export type Verdict = (typeof verdicts)[number]

export interface Outcome {
  /** File of the recorded answers, without its ending. */
  readonly topic: string
  readonly name: string
  /** What was asked: a script, or a request's method and path. */
  readonly asked: string
  readonly verdict: Verdict
  /** What differs, in words; empty for `right`. */
  readonly reason: string
}

/** How many of each verdict. */
export type Counts = Readonly<Record<Verdict, number>>

export const countsOf = (outcomes: readonly Outcome[]): Counts =>
  Object.fromEntries(
    verdicts.map((verdict) => [verdict, outcomes.filter((outcome) => outcome.verdict === verdict).length]),
  ) as Record<Verdict, number>

/** Outcomes under a name each, in the order the names first come. */
export function groupedBy<T extends Outcome>(outcomes: readonly T[], nameOf: (outcome: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const outcome of outcomes) {
    const group = groups.get(nameOf(outcome))
    if (group === undefined) groups.set(nameOf(outcome), [outcome])
    else group.push(outcome)
  }
  return groups
}

/** A line per group and one for all. @param what names the whole, and what is counted: `['Flux', 'cases']` */
export function tableOf<T extends Outcome>(
  outcomes: readonly T[],
  [title, unit]: readonly [string, string],
  nameOf: (outcome: T) => string = ({ topic }) => topic,
): string {
  const row = (cells: readonly (string | number)[]): string =>
    cells.map((cell, i) => (i === 0 ? String(cell).padEnd(30) : String(cell).padStart(11))).join('')
  const line = (name: string, group: readonly T[]): string => {
    const counts = countsOf(group)
    return row([name, group.length, ...verdicts.map((verdict) => counts[verdict] || '·')])
  }
  return [
    row([title, unit, ...verdicts]),
    ...[...groupedBy(outcomes, nameOf)].map(([name, group]) => line(name, group)),
    line('together', outcomes),
    row(['', '', ...verdicts.map((verdict) => percent(countsOf(outcomes)[verdict], outcomes.length))]),
  ].join('\n')
}

const percent = (part: number, whole: number): string => (whole === 0 ? '' : `${((part / whole) * 100).toFixed(1)} %`)

/** The words of every refusal by name. */
export const refusal = /is not supported by the embedded store/
