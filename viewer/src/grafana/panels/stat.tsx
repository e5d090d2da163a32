import {
  type FieldDisplay,
  getDisplayValueAlignmentFactors,
  getFieldDisplayValues,
  VizOrientation,
} from '@grafana/data'
import type { PercentChangeColorMode, VizTextDisplayOptions } from '@grafana/schema'
import {
  BigValue,
  BigValueColorMode,
  BigValueGraphMode,
  BigValueJustifyMode,
  BigValueTextMode,
  VizRepeater,
  type VizRepeaterRenderValueProps,
} from '@grafana/ui'
import type { JSX } from 'react'
import type { RendererProps } from '../panel.ts'
import { type ReduceOptions, reduceOptionsOf } from './reduce-options.ts'

interface StatOptions {
  readonly reduceOptions: ReduceOptions
  readonly orientation: VizOrientation
  readonly colorMode: BigValueColorMode
  readonly graphMode: BigValueGraphMode
  readonly justifyMode: BigValueJustifyMode
  readonly textMode: BigValueTextMode
  readonly wideLayout: boolean
  readonly showPercentChange: boolean
  readonly percentChangeColorMode: PercentChangeColorMode
  readonly text?: VizTextDisplayOptions
}

/** Figures, each with its course behind it where the dashboard wants that. */
export function Stat(props: RendererProps): JSX.Element {
  const { panel, frames, structureRev, width, height, fieldConfig, replaceVariables, theme, timeZone } = props
  const options = { ...defaults, ...panel.options } as StatOptions
  const getValues = (): FieldDisplay[] =>
    getFieldDisplayValues({
      fieldConfig,
      reduceOptions: reduceOptionsOf(options.reduceOptions),
      replaceVariables,
      theme,
      data: frames,
      sparkline: options.graphMode !== BigValueGraphMode.None,
      percentChange: options.showPercentChange,
      timeZone,
    })
  const draw = ({ value, width: w, height: h, count, alignmentFactors }: VizRepeaterRenderValueProps<FieldDisplay>) => {
    // Without a range of its own the course fills the panel: a figure of today has no yesterday to leave blank.
    return (
      <BigValue
        value={value.display}
        count={count}
        sparkline={value.sparkline}
        colorMode={options.colorMode}
        graphMode={options.graphMode}
        justifyMode={options.justifyMode}
        textMode={textModeOf(options.textMode, count)}
        alignmentFactors={alignmentFactors as never}
        width={w}
        height={h}
        theme={theme}
        text={options.text}
        percentChangeColorMode={options.percentChangeColorMode}
        disableWideLayout={!options.wideLayout}
      />
    )
  }
  return (
    <VizRepeater
      getValues={getValues}
      getAlignmentFactors={getDisplayValueAlignmentFactors as never}
      renderValue={draw}
      width={width}
      height={height}
      source={frames}
      autoGrid
      itemSpacing={3}
      renderCounter={structureRev}
      orientation={options.orientation}
    />
  )
}

/** One figure alone needs no name: the panel's title says it. */
const textModeOf = (mode: BigValueTextMode, count: number): BigValueTextMode =>
  mode === BigValueTextMode.Auto && count === 1 ? BigValueTextMode.Value : mode

const defaults = {
  reduceOptions: {},
  orientation: VizOrientation.Auto,
  colorMode: BigValueColorMode.Value,
  graphMode: BigValueGraphMode.Area,
  justifyMode: BigValueJustifyMode.Auto,
  textMode: BigValueTextMode.Auto,
  wideLayout: true,
  showPercentChange: false,
}
