import type * as table from '@grafana/grafana-foundation-sdk/table'
import { keep, read, together } from './flux.ts'
import { FluxQuery } from './flux-query.ts'
import { list } from './house.ts'

const width = (pixels: number) => ({ id: 'custom.width', value: pixels })

/** The analytics jobs, each with its latest run and its sums. */
export function jobTable(): table.PanelBuilder {
  return list(
    'Jobs',
    'Each analytics job: when it ran last and what came of it, and in the chosen time its runs, those that were not ok, the longest, and what they wrote. An outcome other than "ok" says in plain words what went wrong; the job tries again by itself.',
  )
    .noValue('–')
    .withTarget(
      new FluxQuery(
        'outcome',
        `${read('job_run', { field: 'outcome' })}
  |> last()${keep('job', '_time', '_value')}${together}
  |> sort(columns: ["job"])
  |> rename(columns: {_value: "outcome", _time: "started"})`,
      ),
    )
    .withTarget(
      new FluxQuery(
        'failed',
        `${read('job_run', { field: 'outcome' })}
  |> map(fn: (r) => ({job: r.job, _value: if r._value == "ok" then 0 else 1}))
  |> group(columns: ["job"])
  |> reduce(identity: {runs: 0, failed: 0}, fn: (r, accumulator) => ({runs: accumulator.runs + 1, failed: accumulator.failed + r._value}))${together}`,
      ),
    )
    .withTarget(
      new FluxQuery(
        'longest',
        `${read('job_run', { field: 'duration_ms' })}
  |> max()${keep('job', '_value')}${together}
  |> rename(columns: {_value: "longest"})`,
      ),
    )
    .withTarget(
      new FluxQuery(
        'points',
        `${read('job_run', { field: 'points' })}
  |> sum()${keep('job', '_value')}${together}
  |> rename(columns: {_value: "points"})`,
      ),
    )
    .withTransformation({ id: 'joinByField', options: { byField: 'job', mode: 'outer' } })
    .withTransformation({
      id: 'organize',
      options: {
        indexByName: { job: 0, started: 1, outcome: 2, runs: 3, failed: 4, longest: 5, points: 6 },
        renameByName: {
          job: 'Job',
          started: 'Last run',
          outcome: 'Outcome',
          runs: 'Runs',
          failed: 'Not ok',
          longest: 'Longest',
          points: 'Points written',
        },
      },
    })
    .overrideByName('Job', [width(150)])
    .overrideByName('Last run', [{ id: 'unit', value: 'dateTimeFromNow' }, width(140)])
    .overrideByName('Runs', [{ id: 'unit', value: 'locale' }, { id: 'decimals', value: 0 }, width(80)])
    .overrideByName('Not ok', [{ id: 'unit', value: 'locale' }, { id: 'decimals', value: 0 }, width(80)])
    .overrideByName('Longest', [{ id: 'unit', value: 'ms' }, { id: 'decimals', value: 1 }, width(100)])
    .overrideByName('Points written', [{ id: 'unit', value: 'locale' }, { id: 'decimals', value: 0 }, width(125)])
}
