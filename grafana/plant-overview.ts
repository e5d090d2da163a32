import { BigValueGraphMode, ReduceDataOptionsBuilder } from '@grafana/grafana-foundation-sdk/common'
import { DashboardBuilder, DashboardCursorSync, RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard'
import { stateSensor } from '../lib/schema/measurements.ts'
import { wholeCourse } from '../lib/schema/whole-course.ts'
import {
  byFullHour,
  byMachine,
  bySiteDay,
  energy,
  energyBySiteDay,
  keep,
  nowFrom,
  read,
  together,
  windows,
} from './flux.ts'
import { FluxQuery } from './flux-query.ts'
import {
  bars,
  byThreshold,
  colors,
  comparison,
  course,
  figure,
  fixed,
  roomWords,
  stackedAreas,
  states,
  stateWords,
  steps,
  words,
} from './house.ts'
import { machineTable } from './machine-table.ts'
import { chosenSignal, machineOfPlant, siteZoneVariable, toDashboard } from './variables.ts'

const machine = '$machine'
const state = { machine, sensor: stateSensor } as const
const machineName = '${__field.labels.machine}'

/** Each row of the answer is a bar, named by its text column. */
const eachRow = new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(true).fields('')

const goodParts = figure(
  'Good parts today',
  'Pieces counted as good since midnight at the site, up to the end of the chosen time. The little curve shows how they added up.',
)
  .noValue('none yet')
  .decimals(0)
  .unit('locale')
  .colorScheme(fixed(colors.good))
  .withTarget(
    new FluxQuery(
      'A',
      `${bySiteDay}
${read('production_count', { field: 'good', where: { machine }, since: 'dayStart' })}${together}${windows('15m', 'sum', { at: '_stop' })}
  |> cumulativeSum()${keep('_time', '_value')}`,
    ),
  )

const rejectedShare = figure(
  'Rejected today',
  'Rejected pieces as a share of all pieces counted since midnight at the site. Orange from 2 %, red from 4 %.',
)
  .noValue('no pieces yet')
  .unit('percentunit')
  .decimals(1)
  .graphMode(BigValueGraphMode.None)
  .colorScheme(byThreshold)
  .thresholds(steps(colors.good, [0.02, colors.watch], [0.04, colors.bad]))
  .withTarget(
    new FluxQuery(
      'A',
      `${bySiteDay}
${read('production_count', { field: ['good', 'scrap'], where: { machine }, since: 'dayStart' })}
  |> sum()${together}
  |> reduce(identity: {scrap: 0, all: 0}, fn: (r, accumulator) => ({
      scrap: accumulator.scrap + (if r._field == "scrap" then r._value else 0),
      all: accumulator.all + r._value,
  }))
  |> filter(fn: (r) => r.all > 0)
  |> map(fn: (r) => ({rejected: float(v: r.scrap) / float(v: r.all)}))`,
    ),
  )

const runningNow = figure(
  'Running now',
  'Machines whose latest state is "running", of all machines heard from in the last 15 minutes of the chosen time.',
)
  .noValue('none heard from')
  .graphMode(BigValueGraphMode.None)
  .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false).fields('/.*/'))
  .withTarget(
    new FluxQuery(
      'A',
      `${nowFrom}
${read('machine_signal', { field: 'value', where: state, since: 'nowFrom' })}
  |> last()${wholeCourse()}
  |> last()${together}
  |> reduce(identity: {running: 0, all: 0}, fn: (r, accumulator) => ({
      running: accumulator.running + (if r._value == 1.0 then 1 else 0),
      all: accumulator.all + 1,
  }))
  |> map(fn: (r) => ({running: string(v: r.running) + " of " + string(v: r.all)}))`,
    ),
  )

const powerNow = figure(
  'Power now',
  'Electric power of all machines together: the latest reading of each, if it is not older than 15 minutes.',
)
  .noValue('no reading')
  .unit('kwatt')
  .decimals(1)
  .graphMode(BigValueGraphMode.None)
  .colorScheme(fixed(colors.watch))
  .withTarget(
    new FluxQuery(
      'A',
      `${nowFrom}
${read('electricity', { field: 'value', where: { machine }, since: 'nowFrom' })}
  |> last()${wholeCourse()}
  |> last()${together}
  |> sum()`,
    ),
  )

const energyToday = figure(
  'Energy today',
  'Electric energy of all machines since midnight at the site. A reading holds until the meter’s next one, for 15 minutes at most: time beyond that is not counted, so a silent meter makes it too small. The little curve shows how it added up.',
)
  .noValue('no reading')
  .unit('kwatth')
  .decimals(2)
  .colorScheme(fixed(colors.watch))
  .withTarget(
    new FluxQuery(
      'A',
      `${energyBySiteDay}
${read('electricity', { field: 'value', where: { machine }, since: 'dayStart' })}${energy}${together}${windows('15m', 'sum', { at: '_stop' })}
  |> cumulativeSum()${keep('_time', '_value')}`,
    ),
  )

const faultsToday = figure(
  'Faults today',
  'How many times a machine went into "fault" since midnight at the site. One that was already there at midnight is not counted again.',
)
  .noValue('no reading')
  .decimals(0)
  .graphMode(BigValueGraphMode.None)
  .colorScheme(byThreshold)
  .thresholds(steps(colors.good, [1, colors.watch], [4, colors.bad]))
  .withTarget(
    new FluxQuery(
      'A',
      `${bySiteDay}
${read('machine_signal', { field: 'value', where: state, since: 'dayStart' })}${wholeCourse()}
  |> map(fn: (r) => ({r with _value: if r._value == 3.0 then 1.0 else 0.0}))
  |> difference()
  |> map(fn: (r) => ({r with _value: if r._value > 0.0 then 1.0 else 0.0}))${together}
  |> sum()`,
    ),
  )

const machineStates = states(
  'What each machine was doing',
  'The latest state in each slice of time. A white gap of more than 15 minutes means that the machine sent nothing.',
)
  .noValue('No machine sent a state in this time')
  .displayName(machineName)
  .mappings([stateWords])
  .insertNulls(15 * 60_000)
  .interval('1m')
  .withTarget(
    new FluxQuery(
      'A',
      `${read('machine_signal', { field: 'value', where: state })}${wholeCourse()}${windows('v.windowPeriod', 'last')}${keep('_time', '_value', 'machine')}`,
    ),
  )

const runningShare = comparison(
  'Share of time running',
  'How much of the chosen time each machine was running, of the time it sent its state.',
)
  .unit('percentunit')
  .decimals(0)
  .max(1)
  .colorScheme(fixed(colors.good))
  .noValue('no reading')
  .reduceOptions(eachRow)
  .withTarget(
    new FluxQuery(
      'A',
      `${read('machine_signal', { field: 'value', where: state })}${wholeCourse()}${windows('1m', 'last')}
  |> map(fn: (r) => ({r with _value: if r._value == 1.0 then 1.0 else 0.0}))
  |> mean()${keep('machine', '_value')}${together}
  |> sort(columns: ["machine"])
  |> rename(columns: {_value: "running"})`,
    ),
  )

const power = stackedAreas(
  'Power by machine',
  'Mean electric power, stacked: the upper edge is the plant. A gap means that no reading came.',
)
  .noValue('No power meter sent anything in this time')
  .unit('kwatt')
  .decimals(0)
  .displayName(machineName)
  .interval('1m')
  .withTarget(
    new FluxQuery(
      'A',
      `${read('electricity', { field: 'value', where: { machine } })}${wholeCourse()}${windows('v.windowPeriod', 'mean', { empty: true })}${keep('_time', '_value', 'machine')}`,
    ),
  )

const temperature = course(
  'Warmest point of each machine',
  'The highest reading of any temperature sensor at the machine. A slow climb at the same work is an early sign of wear.',
)
  .noValue('No temperature came in this time')
  .unit('celsius')
  .decimals(1)
  .fillOpacity(0)
  .displayName(machineName)
  .interval('1m')
  .withTarget(
    new FluxQuery(
      'A',
      `${read('temperature', { field: 'value', where: { machine } })}${byMachine}${windows('v.windowPeriod', 'max', { empty: true })}${keep('_time', '_value', 'machine')}`,
    ),
  )

const energyPerMachine = comparison(
  'Energy per machine today',
  'Electric energy since midnight at the site. A reading holds until the next one, for 15 minutes at most; time beyond that is not counted.',
)
  .unit('kwatth')
  .decimals(0)
  .colorScheme(fixed(colors.watch))
  .noValue('no reading')
  .reduceOptions(eachRow)
  .withTarget(
    new FluxQuery(
      'A',
      `${energyBySiteDay}
${read('electricity', { field: 'value', where: { machine }, since: 'dayStart' })}${energy}
  |> sum()${keep('machine', '_value')}${together}
  |> sort(columns: ["machine"])
  |> rename(columns: {_value: "energy"})`,
    ),
  )

const energyPerDay = bars(
  'Energy per day',
  'Electric energy per day of the site, for two weeks; today’s bar is still growing. A reading holds until the next one, for 15 minutes at most; time beyond that is not counted.',
)
  .noValue('No power meter sent anything in these two weeks')
  .unit('kwatth')
  .decimals(0)
  .colorScheme(fixed(colors.watch))
  .displayName('Energy')
  .timeFrom('14d')
  .withTarget(
    new FluxQuery(
      'A',
      `${energyBySiteDay}
firstDay = date.truncate(t: v.timeRangeStart, unit: 1d)
${read('electricity', { field: 'value', where: { machine }, since: 'firstDay' })}${energy}${together}${windows('1d', 'sum')}${keep('_time', '_value')}`,
    ),
  )

const partsPerHour = bars(
  'Parts per hour',
  'Pieces per hour, good and rejected. An hour without a bar is an hour in which nobody counted.',
)
  .noValue('Nobody counted pieces in this time')
  .unit('locale')
  .decimals(0)
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

const spread = course(
  'Restlessness of the signal ${signal}',
  'How far the signal swings in each hour (standard deviation, worked out by the job "moments"). A machine that wears swings wider hours before it fails.',
)
  .decimals(1)
  .fillOpacity(0)
  .noValue('The first hour is not complete yet')
  .displayName(machineName)
  .withTarget(
    new FluxQuery(
      'A',
      `${read('moments', { field: 'sd', where: { machine, source: 'machine_signal', sensor: '$signal' } })}${wholeCourse()}${keep('_time', '_value', 'machine')}`,
    ),
  )

const rooms = states(
  'Meeting rooms',
  'In use when the motion sensor saw somebody in that slice of time. The sensors send nothing when nobody is there, so "quiet" can also mean a silent sensor.',
)
  .noValue('No motion sensor sent anything in this time')
  .displayName('${__field.labels.room}')
  .mappings([...roomWords])
  .interval('15m')
  .withTarget(
    new FluxQuery(
      'A',
      `${read('room_activation', { field: 'activated' })}
  |> group(columns: ["room"])${windows('v.windowPeriod', 'count', { empty: true })}${keep('_time', '_value', 'room')}`,
    ),
  )

const roomHours = comparison(
  'Hours in use today',
  'Quarters of an hour since midnight at the site in which the room’s sensor saw somebody.',
)
  .unit('h')
  .decimals(1)
  .noValue('nobody seen yet')
  .reduceOptions(eachRow)
  .withTarget(
    new FluxQuery(
      'A',
      `${bySiteDay}
${read('room_activation', { field: 'activated', since: 'dayStart' })}
  |> group(columns: ["room"])${windows('15m', 'count')}
  |> count()
  |> map(fn: (r) => ({room: r.room, hours: float(v: r._value) / 4.0}))${together}
  |> sort(columns: ["room"])`,
    ),
  )

const meaning = words(
  'What the figures mean',
  `**Today** begins at midnight by the site’s clock and ends where the chosen time ends: choose last week, and "today" is its last day.
**Now** is the last quarter of an hour of the chosen time; a machine that has been silent for longer is left out.

**Nothing is made up.** Time without a reading is shown as a gap. For energy a reading holds until the meter’s next one, for 15 minutes at most; longer silence counts for nothing, so the figure is too small when a meter was silent.
**Rejected** pieces are the ones a machine or an inspector sorted out. **Fault** means that the machine itself reported it.

Point at the small **i** beside a title for how its figure is worked out, drag across a chart to look closer, and choose machines at the top: every figure but the rooms’ follows.`,
)

export const plantOverview = toDashboard(
  new DashboardBuilder('Plant overview')
    .uid('plant-overview')
    .description('Production, energy, machines and rooms at a glance')
    .tags(['plantwatch', 'home'])
    .tooltip(DashboardCursorSync.Crosshair)
    .withVariable(machineOfPlant())
    .withVariable(chosenSignal())
    .withVariable(siteZoneVariable())
    .withRow(new RowBuilder('Today at a glance'))
    .withPanel(goodParts.span(4).height(4))
    .withPanel(rejectedShare.span(4).height(4))
    .withPanel(runningNow.span(4).height(4))
    .withPanel(faultsToday.span(4).height(4))
    .withPanel(powerNow.span(4).height(4))
    .withPanel(energyToday.span(4).height(4))
    .withRow(new RowBuilder('Machines'))
    .withPanel(machineStates.span(16).height(8))
    .withPanel(runningShare.span(8).height(8))
    .withPanel(machineTable().span(16).height(8))
    .withPanel(energyPerMachine.span(8).height(8))
    .withRow(new RowBuilder('Energy and temperature'))
    .withPanel(power.span(12).height(9))
    .withPanel(temperature.span(12).height(9))
    .withRow(new RowBuilder('Production and wear'))
    .withPanel(partsPerHour.span(8).height(8))
    .withPanel(energyPerDay.span(8).height(8))
    .withPanel(spread.span(8).height(8))
    .withRow(new RowBuilder('Rooms'))
    .withPanel(rooms.span(16).height(7))
    .withPanel(roomHours.span(8).height(7))
    .withPanel(meaning.span(24).height(6)),
)
