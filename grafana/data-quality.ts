import { BigValueGraphMode, ReduceDataOptionsBuilder } from '@grafana/grafana-foundation-sdk/common'
import { DashboardBuilder, DashboardCursorSync, RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard'
import { byFullHour, keep, nowFrom, read, together, windows } from './flux.ts'
import { FluxQuery } from './flux-query.ts'
import { bars, byThreshold, colors, comparison, course, figure, fixed, stackedAreas, steps, words } from './house.ts'
import { jobTable } from './job-table.ts'
import { senderTable } from './sender-table.ts'
import { siteZoneVariable, toDashboard } from './variables.ts'

const part = 'ingestor'
const eachRow = new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(true).fields('')

/** Per second, from counts per window; windows that the chosen time cuts off would look like a drop and are left out. */
const perSecond = `${windows('v.windowPeriod', 'sum', { empty: true })}
  |> filter(fn: (r) => r._time > v.timeRangeStart and int(v: r._time) + int(v: v.windowPeriod) <= int(v: v.timeRangeStop))
  |> map(fn: (r) => ({r with _value: float(v: r._value) / (float(v: int(v: v.windowPeriod)) / 1000000000.0)}))`

const canaryAge = figure(
  'Canary age',
  'Every ten seconds the ingestor sends a point of its own along the way that every reading goes, and looks for it in the store. Under 30 seconds all is well; when the age grows, readings do not arrive either.',
)
  .noValue('none arrived')
  .unit('s')
  .decimals(0)
  .graphMode(BigValueGraphMode.None)
  .colorScheme(byThreshold)
  .thresholds(steps(colors.good, [30, colors.watch], [120, colors.bad]))
  .withTarget(
    new FluxQuery(
      'A',
      `${read('canary', { field: 'sent_ns', where: { part } })}
  |> last()
  |> map(fn: (r) => ({age: float(v: int(v: v.timeRangeStop) - int(v: r._time)) / 1000000000.0}))`,
    ),
  )

const waitingNow = figure(
  'Longest wait',
  'The longest that an accepted reading was seen waiting for the store, up to the last report. While it waits it lies on the ingestor’s disk.',
)
  .noValue('no report')
  .unit('s')
  .decimals(0)
  .graphMode(BigValueGraphMode.None)
  .colorScheme(byThreshold)
  .thresholds(steps(colors.good, [10, colors.watch], [60, colors.bad]))
  .withTarget(
    new FluxQuery(
      'A',
      `${nowFrom}
${read('pipeline', { field: 'lag_s', where: { part }, since: 'nowFrom' })}
  |> last()${keep('_time', '_value')}`,
    ),
  )

const lineRate = figure(
  'Lines per second',
  'Readings accepted per second, of all senders together. The little curve is the chosen time.',
)
  .noValue('no whole minute yet')
  .decimals(1)
  .interval('1m')
  .withTarget(
    new FluxQuery(
      'A',
      `${read('pipeline', { field: 'lines', where: { part } })}${perSecond}${keep('_time', '_value')}`,
    ),
  )

const sendersHeard = figure(
  'Senders heard',
  'Senders with a request in the last 15 minutes of the chosen time, of all that were there in the chosen time. A sender is a token.',
)
  .noValue('none')
  .graphMode(BigValueGraphMode.None)
  .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false).fields('/.*/'))
  .withTarget(
    new FluxQuery(
      'A',
      `${nowFrom}
${read('sender', { field: 'last_seen_ns' })}
  |> last()${together}
  |> reduce(identity: {heard: 0, all: 0}, fn: (r, accumulator) => ({
      heard: accumulator.heard + (if r._value >= int(v: nowFrom) then 1 else 0),
      all: accumulator.all + 1,
  }))
  |> map(fn: (r) => ({heard: string(v: r.heard) + " of " + string(v: r.all)}))`,
    ),
  )

const notStored = figure(
  'Lines not stored',
  'Lines in the chosen time that could not be stored as they were. Each lies in the dead letters with its reason and can be mended and sent again.',
)
  .noValue('none')
  .unit('locale')
  .decimals(0)
  .graphMode(BigValueGraphMode.None)
  .colorScheme(byThreshold)
  .thresholds(steps(colors.good, [1, colors.watch], [1_000, colors.bad]))
  .withTarget(
    new FluxQuery(
      'A',
      `${read('pipeline', { field: 'dropped', where: { part } })}${together}
  |> sum()`,
    ),
  )

const quarantined = figure(
  'In quarantine',
  'Readings in the chosen time that lay outside of what the plant model calls plausible. They wait in the quarantine, and somebody releases or discards them.',
)
  .noValue('no report')
  .unit('locale')
  .decimals(0)
  .graphMode(BigValueGraphMode.None)
  .colorScheme(byThreshold)
  .thresholds(steps(colors.good, [1, colors.watch], [1_000, colors.bad]))
  .withTarget(
    new FluxQuery(
      'A',
      `${read('pipeline', { field: 'quarantined', where: { part } })}${together}
  |> sum()`,
    ),
  )

const rateBySender = stackedAreas(
  'Lines per second by sender',
  'Readings accepted per second, stacked: the upper edge is all of them. A sender that drops to nothing has stopped sending.',
)
  .displayName('${__field.labels.sender}')
  .interval('1m')
  .noValue('No whole minute of reports in this time')
  .withTarget(
    new FluxQuery(
      'A',
      `${read('sender', { field: 'lines' })}
  |> group(columns: ["sender"])${perSecond}${keep('_time', '_value', 'sender')}`,
    ),
  )

const delay = course(
  'How far behind the store is',
  'The longest that a reading waited for the store, and the age of the canary. A canary of about ten seconds is normal, since one is sent every ten; a peak is a time in which the store did not take readings.',
)
  .unit('s')
  .min(0)
  .fillOpacity(0)
  .interval('1m')
  .noValue('No report in this time')
  .withTarget(
    new FluxQuery(
      'lag',
      `${read('pipeline', { field: 'lag_s', where: { part } })}${windows('v.windowPeriod', 'max')}${keep('_time', '_value', '_field')}`,
    ),
  )
  .withTarget(
    new FluxQuery(
      'canary',
      `${read('canary', { field: 'age_s', where: { part } })}${windows('v.windowPeriod', 'max')}${keep('_time', '_value', '_field')}`,
    ),
  )
  .overrideByName('lag_s', [
    { id: 'displayName', value: 'Readings waiting' },
    { id: 'color', value: { mode: 'fixed', fixedColor: colors.watch } },
  ])
  .overrideByName('age_s', [
    { id: 'displayName', value: 'Canary age' },
    { id: 'color', value: { mode: 'fixed', fixedColor: colors.calm } },
  ])

const buffer = course(
  'Buffer on disk',
  'Bytes that were accepted and are not in the store yet. They survive a power cut; the buffer empties by itself when the store is back.',
)
  .unit('decbytes')
  .decimals(0)
  .min(0)
  .displayName('Waiting')
  .colorScheme(fixed(colors.calm))
  .interval('1m')
  .noValue('No report in this time')
  .withTarget(
    new FluxQuery(
      'A',
      `${read('pipeline', { field: 'buffer_bytes', where: { part } })}${windows('v.windowPeriod', 'max')}${keep('_time', '_value')}`,
    ),
  )

const droppedByReason = bars(
  'Lines not stored per hour, by reason',
  'Syntax: no readable line. Field type: a value of another kind than before. Time: a clock far ahead or in another unit. Forbidden: the token may not write this. Series: too many different tags. Too large: over the limits. Refused: the store itself said no. Event: an event that cannot be read. Quota: the disk’s share was full, and the oldest went for good.',
)
  .unit('locale')
  .decimals(0)
  .displayName('${__field.labels.reason}')
  .noValue('Every line was stored')
  .withTarget(
    new FluxQuery(
      'A',
      `${byFullHour}
${read('pipeline', { field: 'dropped', where: { part }, since: 'firstHour' })}
  |> filter(fn: (r) => r._value > 0)
  |> group(columns: ["reason"])${windows('1h', 'sum')}${keep('_time', '_value', 'reason')}`,
    ),
  )

const setAside = bars(
  'Set aside or sent away per hour',
  'Readings outside of their plausible range, which are in quarantine; and requests answered 503 because disk or quota were full: their senders keep them and send them again.',
)
  .unit('locale')
  .decimals(0)
  .noValue('Nothing was set aside or sent away')
  .withTarget(
    new FluxQuery(
      'A',
      `${byFullHour}
${read('pipeline', { field: ['quarantined', 'unavailable'], where: { part }, since: 'firstHour' })}
  |> filter(fn: (r) => r._value > 0)
  |> group(columns: ["_field"])${windows('1h', 'sum')}${keep('_time', '_value', '_field')}`,
    ),
  )
  .overrideByName('quarantined', [
    { id: 'displayName', value: 'In quarantine' },
    { id: 'color', value: { mode: 'fixed', fixedColor: colors.watch } },
  ])
  .overrideByName('unavailable', [
    { id: 'displayName', value: 'Requests sent away' },
    { id: 'color', value: { mode: 'fixed', fixedColor: colors.bad } },
  ])

const lettersWaiting = comparison(
  'Dead letters waiting',
  'Lines not stored that wait for somebody, by reason, at the last report. "plantwatch dead-letter list" shows them; mended ones are sent again, hopeless ones put aside.',
)
  .unit('locale')
  .decimals(0)
  .colorScheme(fixed(colors.watch))
  .noValue('none')
  .reduceOptions(eachRow)
  .withTarget(
    new FluxQuery(
      'A',
      `${read('pipeline', { field: 'waiting', where: { part } })}
  |> last()
  |> filter(fn: (r) => r._value > 0)${keep('reason', '_value')}${together}
  |> sort(columns: ["reason"])
  |> rename(columns: {_value: "waiting"})`,
    ),
  )

const budgets = comparison(
  'Series budgets',
  'How much of its budget of series each sender has used. A series is one combination of tags; a tag that takes ever new values, such as a serial number, eats the budget up, and then new series are refused.',
)
  .unit('percentunit')
  .decimals(1)
  .max(1)
  .colorScheme(byThreshold)
  .thresholds(steps(colors.good, [0.5, colors.watch], [0.9, colors.bad]))
  .noValue('no report')
  .reduceOptions(eachRow)
  .withTarget(
    new FluxQuery(
      'A',
      `${read('sender', { field: ['series', 'series_max'] })}
  |> last()
  |> toFloat()
  |> group(columns: ["sender", "token"])
  |> pivot(rowKey: ["sender", "token"], columnKey: ["_field"], valueColumn: "_value")
  |> map(fn: (r) => ({sender: r.sender, used: r.series / r.series_max}))${together}
  |> sort(columns: ["sender"])`,
    ),
  )

const lateReadings = bars(
  'Readings that came late, per hour of their coming',
  'Readings that were in the store two minutes or more after their own time, by machine: sent late, sent again, or held back while the store was away. The hours that they belong to are worked out anew. The same machine in every hour has a slow clock or a slow way here; much at once is an import or a time without the store.',
)
  .unit('locale')
  .decimals(0)
  .displayName('${__field.labels.machine}')
  .noValue('No reading came late')
  .withTarget(
    new FluxQuery(
      'A',
      `${byFullHour}
${read('late_arrival', { field: 'points', since: 'firstHour' })}
  |> map(fn: (r) => ({r with machine: if exists r.machine then r.machine else "no machine"}))
  |> group(columns: ["machine"])${windows('1h', 'sum')}${keep('_time', '_value', 'machine')}`,
    ),
  )

const meaning = words(
  'What the figures mean',
  `**A sender** is a token: give each device or collector one of its own (\`plantwatch token create\`), and it is told apart here.
**Clock offset** compares a reading’s own time with the time of its arrival. About zero: the clock is right and it sends at once. The same few minutes all the time: its clock is wrong. Below zero: its clock is ahead. Hours or days that shrink: it is sending history.

**Nothing that was accepted is lost** while the store is away: it waits on the ingestor’s disk (only a plant that chose to drop the oldest at the log’s quota loses some, counted as "quota"). Meanwhile the ingestor writes no reports: the curves have a gap, and the peak of the canary’s age behind it says how long it was.
**Not stored** means kept as a dead letter with its reason. **Quarantine** is for readings that are too good or too bad to be true.`,
)

export const dataQuality = toDashboard(
  new DashboardBuilder('Data quality')
    .uid('data-quality')
    .description('Who sends what, how far behind the store is, and what was not stored')
    .tags(['plantwatch'])
    .tooltip(DashboardCursorSync.Crosshair)
    .withVariable(siteZoneVariable())
    .withRow(new RowBuilder('At a glance'))
    .withPanel(canaryAge.span(4).height(4))
    .withPanel(waitingNow.span(4).height(4))
    .withPanel(lineRate.span(4).height(4))
    .withPanel(sendersHeard.span(4).height(4))
    .withPanel(notStored.span(4).height(4))
    .withPanel(quarantined.span(4).height(4))
    .withRow(new RowBuilder('Who sends'))
    .withPanel(senderTable().span(24).height(7))
    .withRow(new RowBuilder('The way to the store'))
    .withPanel(rateBySender.span(8).height(8))
    .withPanel(delay.span(8).height(8))
    .withPanel(buffer.span(8).height(8))
    .withPanel(lateReadings.span(24).height(7))
    .withRow(new RowBuilder('What was not stored'))
    .withPanel(droppedByReason.span(8).height(8))
    .withPanel(setAside.span(8).height(8))
    .withPanel(lettersWaiting.span(8).height(8))
    .withRow(new RowBuilder('Budgets and jobs'))
    .withPanel(jobTable().span(16).height(7))
    .withPanel(budgets.span(8).height(7))
    .withPanel(meaning.span(24).height(5)),
)
