import { TableCellDisplayMode } from '@grafana/grafana-foundation-sdk/common'
import { ThresholdsMode } from '@grafana/grafana-foundation-sdk/dashboard'
import type * as table from '@grafana/grafana-foundation-sdk/table'
import { keep, nowFrom, read, together } from './flux.ts'
import { FluxQuery } from './flux-query.ts'
import { colors, list, steps } from './house.ts'

/** One row per series set of a sender, its fields as columns. */
const bySender = `
  |> group(columns: ["sender", "token"])
  |> pivot(rowKey: ["sender", "token"], columnKey: ["_field"], valueColumn: "_value")${together}`

/** Behind and ahead are equally wrong. The first colour holds from a number on, since an override's "from nowhere" reads as zero. */
const clockColors = {
  mode: ThresholdsMode.Absolute,
  steps: [
    { value: -1e12, color: colors.bad },
    { value: -60, color: colors.watch },
    { value: -5, color: colors.good },
    { value: 30, color: colors.watch },
    { value: 120, color: colors.bad },
  ],
}

/** Of a column whose words have a known length; the others share what is left. */
const width = (pixels: number) => ({ id: 'custom.width', value: pixels })

const coloredText = { id: 'custom.cellOptions', value: { type: TableCellDisplayMode.ColorText } }

/** The senders with when they were last heard from, how much they send, and whether their clocks are right. */
export function senderTable(): table.PanelBuilder {
  return list(
    'Senders',
    'One row per token. Lines per second are those of the last 15 minutes of the chosen time; accepted and not stored are sums over all of it. Clock offset: how much older than its arrival the newest reading of a request was; about zero is right, the same minutes all the time mean a wrong clock, below zero one that is ahead.',
  )
    .noValue('–')
    .withTarget(
      new FluxQuery(
        'now',
        `import "math"
${read('sender', { field: ['last_seen_ns', 'clock_offset_s', 'series'] })}
  |> last()
  |> toFloat()
  |> map(fn: (r) => ({r with _value: if r._field == "clock_offset_s" then math.round(x: r._value) else r._value}))${bySender}
  |> map(fn: (r) => ({r with seen: time(v: int(v: r.last_seen_ns))}))${keep('sender', 'token', 'seen', 'clock_offset_s', 'series')}
  |> sort(columns: ["sender"])`,
      ),
    )
    .withTarget(
      new FluxQuery(
        'rate',
        `${nowFrom}
${read('sender', { field: 'lines', since: 'nowFrom' })}
  |> sum()
  |> map(fn: (r) => ({token: r.token, rate: float(v: r._value) / 900.0}))${together}`,
      ),
    )
    .withTarget(
      new FluxQuery(
        'sums',
        `${read('sender', { field: ['lines', 'bad'] })}
  |> sum()
  |> toFloat()${bySender}${keep('token', 'lines', 'bad')}`,
      ),
    )
    .withTransformation({ id: 'joinByField', options: { byField: 'token', mode: 'outer' } })
    .withTransformation({
      id: 'organize',
      options: {
        excludeByName: { token: true },
        indexByName: { sender: 0, seen: 1, rate: 2, clock_offset_s: 3, lines: 4, bad: 5, series: 6 },
        renameByName: {
          sender: 'Sender',
          seen: 'Last heard from',
          rate: 'Lines per second',
          clock_offset_s: 'Clock offset',
          lines: 'Accepted',
          bad: 'Not stored',
          series: 'Series',
        },
      },
    })
    .overrideByName('Sender', [width(190)])
    .overrideByName('Last heard from', [{ id: 'unit', value: 'dateTimeFromNow' }, width(150)])
    .overrideByName('Lines per second', [{ id: 'decimals', value: 1 }, width(135)])
    .overrideByName('Clock offset', [
      { id: 'unit', value: 's' },
      { id: 'decimals', value: 1 },
      { id: 'thresholds', value: clockColors },
      coloredText,
      width(110),
    ])
    .overrideByName('Accepted', [
      { id: 'unit', value: 'locale' },
      { id: 'decimals', value: 0 },
    ])
    .overrideByName('Not stored', [
      { id: 'unit', value: 'locale' },
      { id: 'decimals', value: 0 },
      { id: 'thresholds', value: steps(colors.good, [1, colors.watch]).build() },
      coloredText,
    ])
    .overrideByName('Series', [
      { id: 'unit', value: 'locale' },
      { id: 'decimals', value: 0 },
    ])
}
