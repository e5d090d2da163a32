import {
  CustomVariableBuilder,
  type DashboardBuilder,
  DashboardLinkBuilder,
  DashboardLinkType,
  QueryVariableBuilder,
  VariableHide,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { defaultPlant } from '../lib/plant/default-plant.ts'
import { stateSensor } from '../lib/schema/measurements.ts'
import { siteZone } from './flux.ts'
import { datasource } from './house.ts'

const zone = defaultPlant().sites[0]!.timeZone

/** The settings that every dashboard shares. */
export function toDashboard(builder: DashboardBuilder): DashboardBuilder {
  return builder
    .readonly()
    .timezone(zone)
    .time({ from: 'now-24h', to: 'now' })
    .refresh('30s')
    .weekStart('monday')
    .link(
      new DashboardLinkBuilder('Dashboards')
        .type(DashboardLinkType.Dashboards)
        .tags(['plantwatch'])
        .asDropdown(false)
        .keepTime(true)
        .includeVars(false),
    )
}

/** Values of a tag within the chosen time. @param predicate Flux over `r` */
const tagValues = (bucket: string, tag: string, predicate: string): string => `import "influxdata/influxdb/schema"
schema.tagValues(bucket: ${bucket}, tag: "${tag}", predicate: (r) => ${predicate}, start: v.timeRangeStart, stop: v.timeRangeStop)`

const chosen = (name: string, label: string, query: string): QueryVariableBuilder =>
  new QueryVariableBuilder(name)
    .label(label)
    .datasource(datasource)
    .query({ refId: name, query })
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.NaturalAsc)

const all = { text: 'All', value: '$__all', selected: true }

/** Every machine of the plant, or some. */
export const machineOfPlant = (): QueryVariableBuilder =>
  chosen('machine', 'Machine', tagValues('v.defaultBucket', 'machine', 'exists r.machine'))
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current(all)

/** One signal that the job `moments` has summed up. */
export const chosenSignal = (): QueryVariableBuilder =>
  chosen(
    'signal',
    'Signal',
    tagValues(
      'v.defaultBucket',
      'sensor',
      `r._measurement == "machine_signal" and r.sensor != "${stateSensor}" and r.machine =~ /^\${machine:regex}$/`,
    ),
  )

export const lineOfPlant = (): QueryVariableBuilder =>
  chosen('line', 'Line', tagValues('v.defaultBucket', 'line', 'exists r.line'))
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current(all)

/** Machines of the chosen lines; those of no line (imported ones) are there when all lines are chosen. */
export const machineOfLine = (): QueryVariableBuilder =>
  chosen(
    'machine',
    'Machine',
    tagValues(
      'v.defaultBucket',
      'machine',
      // Imported machines are of no line; "All" stands for .* and matches the empty text.
      'exists r.machine and (r.line =~ /^${line:regex}$/ or (not exists r.line and "" =~ /^${line:regex}$/))',
    ),
  ).multi(true)

export const sensorOfMachine = (): QueryVariableBuilder =>
  chosen(
    'sensor',
    'Signal',
    tagValues(
      'v.defaultBucket',
      'sensor',
      `r._measurement == "machine_signal" and r.sensor != "${stateSensor}" and r.machine =~ /^\${machine:regex}$/`,
    ),
  ).multi(true)

/** Not for readers: the clock that days are counted by. Whoever sets up another plant changes it here or in the board's settings. */
export const siteZoneVariable = (): CustomVariableBuilder =>
  new CustomVariableBuilder(siteZone)
    .label('Time zone of the site')
    .hide(VariableHide.HideVariable)
    .values(zone)
    .current({ text: zone, value: zone, selected: true })
    .options([{ text: zone, value: zone, selected: true }])
