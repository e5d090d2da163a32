import {
  type FieldDisplay,
  getDisplayValueAlignmentFactors,
  getFieldDisplayValues,
  VizOrientation,
} from '@grafana/data'
import {
  BarGaugeDisplayMode,
  BarGaugeNamePlacement,
  BarGaugeValueMode,
  type VizTextDisplayOptions,
} from '@grafana/schema'
import { BarGauge, VizRepeater, type VizRepeaterRenderValueProps } from '@grafana/ui'
import type { JSX } from 'react'
import type { RendererProps } from '../panel.ts'
import { type ReduceOptions, reduceOptionsOf } from './reduce-options.ts'

interface BarGaugeOptions {
  readonly reduceOptions: ReduceOptions
  readonly orientation: VizOrientation
  readonly displayMode: BarGaugeDisplayMode
  readonly valueMode: BarGaugeValueMode
  readonly namePlacement: BarGaugeNamePlacement
  readonly showUnfilled: boolean
  readonly minVizWidth: number
  readonly minVizHeight: number
  readonly maxVizHeight: number
  readonly text?: VizTextDisplayOptions
}

/** Below this much room per bar a name above it would leave nothing of the bar. */
const nameAboveFrom = 40

/** Values side by side as bars. */
export function Bars(props: RendererProps): JSX.Element {
  const { panel, frames, structureRev, width, height, fieldConfig, replaceVariables, theme, timeZone } = props
  const options = { ...defaults, ...panel.options } as BarGaugeOptions
  const getValues = (): FieldDisplay[] =>
    getFieldDisplayValues({
      fieldConfig,
      reduceOptions: reduceOptionsOf(options.reduceOptions),
      replaceVariables,
      theme,
      data: frames,
      timeZone,
    })
  const count = Math.max(1, getValues().length)
  const beside = options.orientation === VizOrientation.Horizontal && height / count < nameAboveFrom
  const placement =
    options.namePlacement === BarGaugeNamePlacement.Auto && beside ? BarGaugeNamePlacement.Left : options.namePlacement
  const draw = (drawn: VizRepeaterRenderValueProps<FieldDisplay>) => (
    <BarGauge
      value={drawn.value.display}
      width={drawn.width}
      height={drawn.height}
      orientation={drawn.orientation}
      field={drawn.value.field}
      display={drawn.value.view?.getFieldDisplayProcessor(drawn.value.colIndex ?? 0)}
      theme={theme}
      itemSpacing={8}
      lcdCellWidth={12}
      displayMode={options.displayMode}
      alignmentFactors={drawn.alignmentFactors as never}
      showUnfilled={options.showUnfilled}
      valueDisplayMode={options.valueMode}
      text={options.text}
      namePlacement={placement}
    />
  )
  return (
    <VizRepeater
      getValues={getValues}
      getAlignmentFactors={getDisplayValueAlignmentFactors as never}
      renderValue={draw}
      width={width}
      height={height}
      source={frames}
      renderCounter={structureRev}
      itemSpacing={8}
      orientation={options.orientation}
      minVizWidth={options.minVizWidth}
      minVizHeight={options.minVizHeight}
      maxVizHeight={options.maxVizHeight}
    />
  )
}

const defaults = {
  orientation: VizOrientation.Auto,
  displayMode: BarGaugeDisplayMode.Gradient,
  valueMode: BarGaugeValueMode.Color,
  namePlacement: BarGaugeNamePlacement.Auto,
  showUnfilled: true,
  minVizWidth: 8,
  minVizHeight: 16,
  maxVizHeight: 300,
}
