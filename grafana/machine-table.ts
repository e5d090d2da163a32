import { TableCellDisplayMode } from '@grafana/grafana-foundation-sdk/common'
import type * as table from '@grafana/grafana-foundation-sdk/table'
import { stateSensor } from '../lib/schema/measurements.ts'
import { wholeCourse } from '../lib/schema/whole-course.ts'
import { bySiteDay, energy, energyBySiteDay, keep, nowFrom, read, together } from './flux.ts'
import { FluxQuery } from './flux-query.ts'
import { list, stateWords } from './house.ts'

const machine = '$machine'

/** Of a column that holds words or figures of a known length; the others share what is left. */
const width = (pixels: number) => ({ id: 'custom.width', value: pixels })

/** The machines with what they are doing, making and drawing, and when they were last heard from. */
export function machineTable(): table.PanelBuilder {
  return list(
    'Machines',
    'The latest state with the product, lot and operator of that moment. Every machine that sent anything in the chosen time is here. Parts and energy count from midnight at the site; power is not older than 15 minutes.',
  )
    .noValue('–')
    .withTarget(
      new FluxQuery(
        'seen',
        // Whatever it sends: a machine with a thermometer alone is a machine too. Of events, with their hundreds of fields
        // that came at one time, two are enough.
        `from(bucket: v.defaultBucket)
  |> range(start: v.timeRangeStart, stop: v.timeRangeStop)
  |> filter(fn: (r) => r.machine =~ /^\${machine:regex}$/)
  |> filter(fn: (r) => r._measurement != "energy_event" or r._field == "event" or r._field == "active_power")
  |> last()
  |> filter(fn: (r) => exists r.machine)${keep('machine', '_time')}
  |> group(columns: ["machine"])
  |> sort(columns: ["_time"])
  |> last(column: "_time")${together}
  |> sort(columns: ["machine"])
  |> rename(columns: {_time: "seen"})`,
      ),
    )
    .withTarget(
      new FluxQuery(
        'state',
        `${read('machine_signal', { field: 'value', where: { machine, sensor: stateSensor } })}
  |> last()
  |> group(columns: ["machine"])
  |> sort(columns: ["_time"])
  |> last()${keep('machine', '_value', 'product', 'lot', 'operator')}${together}
  |> rename(columns: {_value: "state"})`,
      ),
    )
    .withTarget(
      new FluxQuery(
        'good',
        `${bySiteDay}
${read('production_count', { field: 'good', where: { machine }, since: 'dayStart' })}
  |> sum()
  |> group(columns: ["machine"])
  |> sum()${together}
  |> rename(columns: {_value: "good"})`,
      ),
    )
    .withTarget(
      new FluxQuery(
        'energy',
        `${energyBySiteDay}
${read('electricity', { field: 'value', where: { machine }, since: 'dayStart' })}${energy}
  |> sum()${keep('machine', '_value')}${together}
  |> rename(columns: {_value: "energy"})`,
      ),
    )
    .withTarget(
      new FluxQuery(
        'power',
        `${nowFrom}
${read('electricity', { field: 'value', where: { machine }, since: 'nowFrom' })}
  |> last()${wholeCourse()}
  |> last()${keep('machine', '_value')}${together}
  |> rename(columns: {_value: "power"})`,
      ),
    )
    .withTransformation({ id: 'joinByField', options: { byField: 'machine', mode: 'outer' } })
    .withTransformation({
      id: 'organize',
      options: {
        indexByName: { machine: 0, state: 1, product: 2, lot: 3, operator: 4, good: 5, power: 6, energy: 7, seen: 8 },
        renameByName: {
          machine: 'Machine',
          state: 'State',
          product: 'Product',
          lot: 'Lot',
          operator: 'Operator',
          good: 'Good parts today',
          power: 'Power now',
          energy: 'Energy today',
          seen: 'Last heard from',
        },
      },
    })
    .overrideByName('Machine', [
      width(95),
      {
        id: 'links',
        value: [
          {
            title: 'Signals of this machine',
            url: '/d/machine-signals?var-machine=${__value.text}&${__url_time_range}',
          },
        ],
      },
    ])
    .overrideByName('State', [
      { id: 'mappings', value: [stateWords] },
      { id: 'custom.cellOptions', value: { type: TableCellDisplayMode.ColorText } },
      width(85),
    ])
    .overrideByName('Operator', [width(85)])
    .overrideByName('Good parts today', [width(135), { id: 'unit', value: 'locale' }, { id: 'decimals', value: 0 }])
    .overrideByName('Power now', [width(100), { id: 'unit', value: 'kwatt' }, { id: 'decimals', value: 1 }])
    .overrideByName('Energy today', [width(110), { id: 'unit', value: 'kwatth' }, { id: 'decimals', value: 0 }])
    .overrideByName('Last heard from', [{ id: 'unit', value: 'dateTimeFromNow' }, width(150)])
}
