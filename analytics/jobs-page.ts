import { jobs } from './jobs/index.ts'
import type { Trigger } from './jobs/job.ts'

/** Every kind of trigger in plain words. */
const inWords: { [K in Trigger['kind']]: (trigger: Extract<Trigger, { kind: K }>) => string } = {
  cron: ({ cron, lookbackHours }) => `\`${cron}\` (seconds first, UTC): what is due in the last ${lookbackHours} hours`,
  sweep: ({ cron }) =>
    `at every start, and \`${cron}\`: what is due in everything ever written; while that finds something older than the other triggers look at, again after 15 s`,
  named: ({ measurement }) =>
    `points of \`${measurement}\`: the windows between its \`from_ns\` and \`to_ns\` run again, if it is about a measurement that the job reads`,
  'on demand': () => '`plantwatch job run NAME [--from --to]`, `POST /api/v1/jobs/NAME/runs`',
}
const words = (trigger: Trigger): string => (inWords[trigger.kind] as (trigger: Trigger) => string)(trigger)

const seconds = (ns: bigint): string => `${ns / 1_000_000_000n} s`

/** docs/jobs.md, out of the table of jobs. */
export function jobsPage(): string {
  const sections = jobs.map((job) => {
    const triggers = job.triggers.map((trigger) => `- ${words(trigger)}`).join('\n')
    const parameters = Object.entries(job.parameters)
      .map(([name, { value, unit, meaning }]) => `| \`${name}\` | ${value} | ${unit} | ${meaning} |`)
      .join('\n')
    return `## ${job.name}

${job.description[0]!.toUpperCase()}${job.description.slice(1)}.

Reads ${job.reads.map((name) => `\`${name}\``).join(', ')}; writes \`${job.writes}\`. Windows of ${seconds(job.windowNs)}, worked out ${seconds(job.latenessNs)} after their end; at most ${seconds(job.stretchNsMax)} of readings are in memory at once.

It runs:

${triggers}

| parameter | value | unit | meaning |
| --- | --- | --- | --- |
${parameters}
`
  })
  return `# Jobs

Generated from the table of jobs in \`analytics/jobs/index.ts\` by \`npm run generate\`.

A job is a query, a pure function, and the points that it writes. The rules are the same for all:

- **What is due is found in the store, not in a list.** A window is due when it has more values than its points speak for. So triggers missed while nobody was there, readings that come late, and a history that arrives backwards are caught up at the next look.
- **A run changes nothing when nothing changed.** The same window gives the same points, to the last bit.
- **Windows run newest first**, and a job rests as long as it works, so that whoever looks and sends has at least half of the store.
- **One run at a time** per job; who asks meanwhile waits for his turn, and the same trigger does not wait twice.
- **A window that has not ended has no point**: half an hour must not look like a whole one.
- **Fewer values than before change nothing by themselves**: they may have expired. A run over a range (\`--from\`, \`--to\`) or a corrected context works these windows out again, and takes away points of signals that have no values there any more. A window without any value keeps its points.
- **Values that were overwritten change no count**: the ingestor names what came late in \`late_arrival\`, and those windows run again that have not run since, each once for all that names it.
- **While the store, a bucket or a right is missing the job waits** (\`status\` is \`waiting\`, \`outcome\` says why). Nothing is lost.
- Every run writes a \`job_run\` point: duration, values read, points written, outcome. A run that could not reach the store leaves none.

\`plantwatch job list\` or \`GET /api/v1/jobs\` tells how each job is doing; \`POST /api/v1/jobs/NAME/runs\` with \`{"from":"2026-03-01T00:00:00Z","to":"2026-03-02T00:00:00Z"}\` runs a range, with \`{}\` what is due, and answers when it has run. The API is described in \`/api/v1/openapi.json\`.

To add a job: a folder in \`analytics/jobs/\` with its queries, its pure function with tests and its \`Job\`, a row in \`analytics/jobs/index.ts\`, its measurement in \`lib/schema\`, and \`npm run generate\`.

${sections.join('\n')}`
}
