import { type DataFrame, FieldType } from '@grafana/data'
import { LegendDisplayMode, TooltipDisplayMode, type VizLegendOptions } from '@grafana/schema'
import { KeyboardPlugin, TimeSeries, TooltipPlugin2, usePanelContext } from '@grafana/ui'
import { type JSX, useMemo } from 'react'
import type { RendererProps } from '../panel.ts'
import { crosshairScope, plotPadding, SeriesTooltip, tooltipOptionsOf } from './hover.tsx'

/** As Grafana numbers them: the nearest series alone, or all at one moment. */
const hoverOne = 0
const hoverAll = 1

/** Courses over time, as lines, areas or bars. Dragging across it zooms. */
export function Courses(props: RendererProps): JSX.Element {
  const { panel, frames, structureRev, width, height, timeRange, timeZone, onZoom } = props
  const { sync } = usePanelContext()
  // The same object each time: another one makes the plot anew.
  const legend = useMemo(
    () => ({ ...legendDefaults, ...(panel.options?.['legend'] as Partial<VizLegendOptions> | undefined) }),
    [panel],
  )
  const tooltip = tooltipOptionsOf(panel.options)
  const drawable = useMemo(() => frames.map(numbersOfTruth), [frames])
  return (
    <TimeSeries
      frames={drawable}
      structureRev={structureRev}
      timeRange={timeRange}
      timeZone={timeZone}
      width={width}
      height={height}
      legend={legend}
      options={panel.options as Record<string, unknown>}
    >
      {(config, frame) => {
        config.setPadding(plotPadding)
        return (
          <>
            <KeyboardPlugin config={config} />
            {tooltip.mode !== TooltipDisplayMode.None && (
              <TooltipPlugin2
                config={config}
                hoverMode={tooltip.mode === TooltipDisplayMode.Single ? hoverOne : hoverAll}
                queryZoom={({ from, to }) => onZoom(from, to)}
                syncMode={sync?.() ?? 0}
                syncScope={crosshairScope}
                maxWidth={340}
                render={(_plot, indexes, series, isPinned, _dismiss, _range, _viaSync, links) => (
                  <SeriesTooltip
                    frame={frame}
                    indexes={indexes}
                    series={series}
                    isPinned={isPinned}
                    options={tooltip}
                    timeZone={timeZone}
                    links={links}
                  />
                )}
              />
            )}
          </>
        )
      }}
    </TimeSeries>
  )
}

/** A truth value is drawn as 0 or 1. Settings are copied, since the plot writes its own into those of bars. */
const numbersOfTruth = (frame: DataFrame): DataFrame => ({
  ...frame,
  fields: frame.fields.map((field) => {
    const config = { ...field.config }
    if (field.type !== FieldType.boolean) return { ...field, config }
    return {
      ...field,
      config,
      type: FieldType.number,
      values: field.values.map((value) => (value === null ? null : Number(value))),
    }
  }),
})

const legendDefaults: VizLegendOptions = {
  calcs: [],
  displayMode: LegendDisplayMode.List,
  placement: 'bottom',
  showLegend: true,
}
