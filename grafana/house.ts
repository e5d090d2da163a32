import * as bargauge from '@grafana/grafana-foundation-sdk/bargauge'
import {
  BarGaugeDisplayMode,
  BarGaugeValueMode,
  BigValueColorMode,
  BigValueGraphMode,
  GraphDrawStyle,
  GraphGradientMode,
  LegendDisplayMode,
  LegendPlacement,
  LineInterpolation,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizOrientation,
  VizTextDisplayOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common'
import {
  FieldColorBuilder,
  FieldColorModeId,
  MappingType,
  type Threshold,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard'
import * as stat from '@grafana/grafana-foundation-sdk/stat'
import * as statetimeline from '@grafana/grafana-foundation-sdk/statetimeline'
import * as table from '@grafana/grafana-foundation-sdk/table'
import * as text from '@grafana/grafana-foundation-sdk/text'
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries'
import { machineStates } from '../lib/schema/measurements.ts'

/** Never changes: dashboards and links in Grafana hang on it. */
export const datasourceUid = 'plantwatch'
export const datasource = { type: 'influxdb', uid: datasourceUid } as const

/** One meaning per colour, everywhere. */
export const colors = {
  good: '#5fb878',
  calm: '#6e9fff',
  watch: '#f2a33a',
  bad: '#e5566d',
  quiet: '#77808c',
} as const

export const fixed = (color: string): FieldColorBuilder =>
  new FieldColorBuilder().mode(FieldColorModeId.Fixed).fixedColor(color)
export const palette = new FieldColorBuilder().mode(FieldColorModeId.PaletteClassic)
export const byThreshold = new FieldColorBuilder().mode(FieldColorModeId.Thresholds)

/** Colour from a value on; the first colour holds below the first value. */
export function steps(
  first: string,
  ...more: readonly (readonly [from: number, color: string])[]
): ThresholdsConfigBuilder {
  const list: Threshold[] = [{ value: null, color: first }, ...more.map(([value, color]) => ({ value, color }))]
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(list)
}

export const reduceTo = (calc: 'lastNotNull' | 'sum' | 'mean' | 'max'): ReduceDataOptionsBuilder =>
  new ReduceDataOptionsBuilder().calcs([calc]).values(false).fields('')

/** A figure; without a trend where the figure is one moment's. */
export const figure = (title: string, meaning: string): stat.PanelBuilder =>
  new stat.PanelBuilder()
    .title(title)
    .description(meaning)
    .datasource(datasource)
    .colorMode(BigValueColorMode.Value)
    .graphMode(BigValueGraphMode.Area)
    .wideLayout(false)
    .colorScheme(fixed(colors.calm))
    .thresholds(steps(colors.calm))
    .reduceOptions(reduceTo('lastNotNull'))

export const course = (title: string, meaning: string): timeseries.PanelBuilder =>
  new timeseries.PanelBuilder()
    .title(title)
    .description(meaning)
    .datasource(datasource)
    .colorScheme(palette)
    .thresholds(steps(colors.good))
    .lineWidth(1.5)
    .fillOpacity(8)
    .gradientMode(GraphGradientMode.Opacity)
    .lineInterpolation(LineInterpolation.Linear)
    // A reading that stands alone has no line: it is a dot.
    .showPoints(VisibilityMode.Auto)
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .showLegend(true),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))

/** Bars that begin at their time, stacked, from zero: anything else would make a small one of a large one. */
export const bars = (title: string, meaning: string): timeseries.PanelBuilder =>
  course(title, meaning)
    .drawStyle(GraphDrawStyle.Bars)
    .min(0)
    .lineWidth(0)
    .fillOpacity(75)
    .gradientMode(GraphGradientMode.None)
    .barAlignment(1)
    .barWidthFactor(0.85)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'))

export const stackedAreas = (title: string, meaning: string): timeseries.PanelBuilder =>
  course(title, meaning)
    .fillOpacity(45)
    .gradientMode(GraphGradientMode.None)
    .lineWidth(1)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'))

export const comparison = (title: string, meaning: string): bargauge.PanelBuilder =>
  new bargauge.PanelBuilder()
    .title(title)
    .description(meaning)
    .datasource(datasource)
    .orientation(VizOrientation.Horizontal)
    .displayMode(BarGaugeDisplayMode.Basic)
    .valueMode(BarGaugeValueMode.Text)
    .showUnfilled(true)
    .minVizHeight(16)
    .maxVizHeight(32)
    .text(new VizTextDisplayOptionsBuilder().titleSize(13).valueSize(15))
    .min(0)
    .colorScheme(fixed(colors.calm))
    .thresholds(steps(colors.calm))
    .reduceOptions(reduceTo('lastNotNull'))

export const states = (title: string, meaning: string): statetimeline.PanelBuilder =>
  new statetimeline.PanelBuilder()
    .title(title)
    .description(meaning)
    .datasource(datasource)
    .mergeValues(true)
    .showValue(VisibilityMode.Auto)
    .rowHeight(0.82)
    .fillOpacity(82)
    .lineWidth(0)
    .colorScheme(byThreshold)
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .showLegend(true),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Single))

export const list = (title: string, meaning: string): table.PanelBuilder =>
  new table.PanelBuilder()
    .title(title)
    .description(meaning)
    .datasource(datasource)
    .colorScheme(byThreshold)
    // Grafana's own least width would push the last columns out of sight.
    .minWidth(100)

export const words = (title: string, content: string): text.PanelBuilder =>
  new text.PanelBuilder().title(title).mode(text.TextMode.Markdown).content(content)

const mapping = (rows: readonly (readonly [value: number, text: string, color: string])[]): ValueMapping => ({
  type: MappingType.ValueToText,
  options: Object.fromEntries(
    rows.map(([value, label, color], index) => [String(value), { text: label, color, index }]),
  ),
})

/** Words and colours of a machine's states. */
export const stateWords: ValueMapping = mapping([
  [machineStates.running, 'Running', colors.good],
  [machineStates.setUp, 'Set-up', colors.calm],
  [machineStates.stopped, 'Stopped', colors.quiet],
  [machineStates.fault, 'Fault', colors.bad],
])

export const roomWords: readonly ValueMapping[] = [
  mapping([[0, 'Quiet', '#3b4250']]),
  {
    type: MappingType.RangeToText,
    options: { from: 1, to: 100_000, result: { text: 'In use', color: colors.calm, index: 1 } },
  },
]
