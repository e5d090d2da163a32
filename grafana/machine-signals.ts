import { DashboardBuilder, DashboardCursorSync, RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard'
import { stateSensor } from '../lib/schema/measurements.ts'
import { wholeCourse } from '../lib/schema/whole-course.ts'
import { byFullHour, keep, read, together, windows } from './flux.ts'
import { FluxQuery } from './flux-query.ts'
import { bars, colors, course, list, states, stateWords, words } from './house.ts'
import { lineOfPlant, machineOfLine, sensorOfMachine, siteZoneVariable, toDashboard } from './variables.ts'

const machine = '$machine'
const machineName = '${__field.labels.machine}'
const sensorName = '${__field.labels.machine} · ${__field.labels.sensor}'
const byHour = { machine, sensor: '$sensor', source: 'machine_signal' } as const

const signals = course(
  'Signals',
  'The chosen signals, each in its own unit: the mean of every slice of time. A gap means that no reading came.',
)
  .noValue('These machines sent no such signal in this time')
  .fillOpacity(0)
  .lineWidth(1)
  .displayName(sensorName)
  .interval('1m')
  .withTarget(
    new FluxQuery(
      'A',
      `${read('machine_signal', { field: 'value', where: { machine, sensor: '$sensor' } })}${wholeCourse()}${windows('v.windowPeriod', 'mean', { empty: true })}${keep('_time', '_value', 'machine', 'sensor')}`,
    ),
  )

const state = states('State', 'The latest state in each slice of time; a gap means that the machine sent none.')
  .displayName(machineName)
  .mappings([stateWords])
  .insertNulls(15 * 60_000)
  .interval('1m')
  .noValue('These machines send no state')
  .withTarget(
    new FluxQuery(
      'A',
      `${read('machine_signal', { field: 'value', where: { machine, sensor: stateSensor } })}${wholeCourse()}${windows('v.windowPeriod', 'last')}${keep('_time', '_value', 'machine')}`,
    ),
  )

const temperatures = course('Temperatures', 'Every temperature sensor of the chosen machines.')
  .unit('celsius')
  .decimals(1)
  .fillOpacity(0)
  .displayName(sensorName)
  .interval('1m')
  .noValue('These machines send no temperature')
  .withTarget(
    new FluxQuery(
      'A',
      `${read('temperature', { field: 'value', where: { machine } })}${wholeCourse()}${windows('v.windowPeriod', 'mean', { empty: true })}${keep('_time', '_value', 'machine', 'sensor')}`,
    ),
  )

const power = course('Power', 'Mean electric power of the chosen machines.')
  .unit('kwatt')
  .decimals(1)
  .displayName(machineName)
  .interval('1m')
  .noValue('These machines have no power meter')
  .withTarget(
    new FluxQuery(
      'A',
      `${read('electricity', { field: 'value', where: { machine } })}${wholeCourse()}${windows('v.windowPeriod', 'mean', { empty: true })}${keep('_time', '_value', 'machine')}`,
    ),
  )

const parts = bars('Parts per hour', 'Pieces per hour of the chosen machines, good and rejected.')
  .unit('locale')
  .decimals(0)
  .noValue('Nobody counted pieces in this time')
  .withTarget(
    new FluxQuery(
      'A',
      `${byFullHour}
${read('production_count', { field: ['good', 'scrap'], where: { machine }, since: 'firstHour' })}
  |> group(columns: ["_field"])${windows('1h', 'sum')}${keep('_time', '_value', '_field')}`,
    ),
  )
  .overrideByName('good', [
    { id: 'displayName', value: 'Good' },
    { id: 'color', value: { mode: 'fixed', fixedColor: colors.good } },
  ])
  .overrideByName('scrap', [
    { id: 'displayName', value: 'Rejected' },
    { id: 'color', value: { mode: 'fixed', fixedColor: colors.bad } },
  ])

const notYet = 'The job "moments" has not finished an hour of this time yet'

type HourlyField = 'mean' | 'sd' | 'skewness' | 'kurtosis'

const hourly = (title: string, meaning: string, field: HourlyField) =>
  course(title, meaning)
    .decimals(2)
    .fillOpacity(0)
    .displayName(sensorName)
    .noValue(notYet)
    .withTarget(
      new FluxQuery(
        'A',
        `${read('moments', { field, where: byHour })}${wholeCourse()}${keep('_time', '_value', 'machine', 'sensor')}`,
      ),
    )

const latestHour = list(
  'The latest hour in figures',
  'What the job "moments" worked out for the last complete hour of the chosen time, per machine and signal, in the signal’s own unit.',
)
  .noValue('–')
  .decimals(2)
  .withTarget(
    new FluxQuery(
      'A',
      `${read('moments', { field: ['mean', 'sd', 'min', 'median', 'max', 'skewness', 'kurtosis'], where: byHour })}${wholeCourse()}
  |> last()
  |> group(columns: ["machine", "sensor"])
  |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")${together}
  |> sort(columns: ["machine", "sensor"])
  |> keep(columns: ["_time", "machine", "sensor", "mean", "sd", "min", "median", "max", "skewness", "kurtosis"])`,
    ),
  )
  .withTransformation({
    id: 'organize',
    options: {
      indexByName: Object.fromEntries(
        ['machine', 'sensor', '_time', 'mean', 'sd', 'min', 'median', 'max', 'skewness', 'kurtosis'].map((name, i) => [
          name,
          i,
        ]),
      ),
      renameByName: {
        machine: 'Machine',
        sensor: 'Signal',
        _time: 'Hour from',
        mean: 'Mean',
        sd: 'Spread',
        min: 'Lowest',
        median: 'Middle',
        max: 'Highest',
        skewness: 'Skewness',
        kurtosis: 'Kurtosis',
      },
    },
  })
  .overrideByName('Hour from', [
    { id: 'unit', value: 'dateTimeAsIso' },
    { id: 'custom.width', value: 170 },
  ])

const jobRuns = list('Runs of the analytics', 'What each job did in the chosen time, the latest first.')
  .noValue('–')
  .withTarget(
    new FluxQuery(
      'A',
      `${read('job_run', { field: ['duration_ms', 'outcome', 'points', 'rows'] })}
  |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")${together}
  |> keep(columns: ["_time", "job", "duration_ms", "rows", "points", "outcome"])
  |> sort(columns: ["_time"], desc: true)
  |> limit(n: 50)`,
    ),
  )
  .withTransformation({
    id: 'organize',
    options: {
      indexByName: { _time: 0, job: 1, outcome: 2, duration_ms: 3, rows: 4, points: 5 },
      renameByName: {
        _time: 'Started',
        job: 'Job',
        outcome: 'Outcome',
        duration_ms: 'Took',
        rows: 'Rows read',
        points: 'Points written',
      },
    },
  })
  .overrideByName('Started', [
    { id: 'unit', value: 'dateTimeAsIso' },
    { id: 'custom.width', value: 170 },
  ])
  .overrideByName('Took', [
    { id: 'unit', value: 'ms' },
    { id: 'decimals', value: 0 },
  ])

const meaning = words(
  'What the figures mean',
  `**Mean** and **middle** (median) say where a signal lies, **spread** (standard deviation) how far it swings.
**Skewness** is 0 where it swings as far up as down. **Kurtosis** is 0 for an ordinary bell curve and large where single readings lie far out, as communication errors do.

Each figure speaks for one full hour of one machine and signal; an hour without readings has none.`,
)

export const machineSignals = toDashboard(
  new DashboardBuilder('Machine signals')
    .uid('machine-signals')
    .description('Every signal of a machine, and what the analytics make of it')
    .tags(['plantwatch'])
    .tooltip(DashboardCursorSync.Crosshair)
    .withVariable(lineOfPlant())
    .withVariable(machineOfLine())
    .withVariable(sensorOfMachine())
    .withVariable(siteZoneVariable())
    .withRow(new RowBuilder('As measured'))
    .withPanel(signals.span(24).height(10))
    .withPanel(state.span(24).height(5))
    .withPanel(temperatures.span(8).height(8))
    .withPanel(power.span(8).height(8))
    .withPanel(parts.span(8).height(8))
    .withRow(new RowBuilder('Hour by hour, worked out by the analytics'))
    .withPanel(hourly('Spread', 'Standard deviation of each hour: how far the signal swings.', 'sd').span(12).height(8))
    .withPanel(hourly('Mean', 'Mean of each hour.', 'mean').span(12).height(8))
    .withPanel(
      hourly('Skewness', '0 where the signal swings as far up as down; the sign says which side.', 'skewness')
        .span(12)
        .height(7),
    )
    .withPanel(
      hourly('Kurtosis', 'Large where single readings lie far from the others, as communication errors do.', 'kurtosis')
        .span(12)
        .height(7),
    )
    .withPanel(latestHour.span(24).height(7))
    .withPanel(jobRuns.span(14).height(7))
    .withPanel(meaning.span(10).height(7)),
)
