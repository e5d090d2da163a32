import { type DataFrame, dateTimeFormat, type Field, type LinkModel } from '@grafana/data'
import { SortOrder, TooltipDisplayMode } from '@grafana/schema'
import {
  getFieldDisplayItems,
  VizTooltipContent,
  VizTooltipFooter,
  VizTooltipHeader,
  type VizTooltipItem,
  VizTooltipWrapper,
} from '@grafana/ui'
import type { JSX } from 'react'

/** Room for half of the last time on the axis; the other sides find theirs by themselves. */
export const plotPadding = [null, 34, null, null] as never

/** Plots with this name share one crosshair. */
export const crosshairScope = 'dashboard'

export interface TooltipOptions {
  readonly mode: TooltipDisplayMode
  readonly sort: SortOrder
  readonly maxHeight?: number
  readonly hideZeros?: boolean
}

export const tooltipOptionsOf = (options: unknown): TooltipOptions => ({
  mode: TooltipDisplayMode.Single,
  sort: SortOrder.None,
  ...(options as { tooltip?: Partial<TooltipOptions> } | undefined)?.tooltip,
})

interface SeriesTooltipProps {
  readonly frame: DataFrame
  readonly indexes: readonly (number | null)[]
  readonly series: number | null
  readonly isPinned: boolean
  readonly options: TooltipOptions
  readonly timeZone: string
  readonly links: LinkModel[]
}

/** The values at one moment, in the order that the dashboard wants. */
export function SeriesTooltip(props: SeriesTooltipProps): JSX.Element {
  const { frame, indexes, series, isPinned, options, timeZone, links } = props
  const xField = frame.fields[0]!
  const items = getFieldDisplayItems(
    frame.fields,
    xField,
    [...indexes],
    series,
    options.mode,
    options.sort,
    (field: Field) => field.config.custom?.hideFrom?.tooltip !== true,
    options.hideZeros ?? false,
  )
  const time = xField.values[indexes[0]!] as number | undefined
  return (
    <VizTooltipWrapper>
      <VizTooltipHeader item={{ label: '', value: momentText(time, timeZone) }} isPinned={isPinned} />
      <Rows items={items} isPinned={isPinned} />
      {isPinned && links.length > 0 && <VizTooltipFooter dataLinks={links} />}
    </VizTooltipWrapper>
  )
}

const Rows = ({ items, isPinned }: { readonly items: VizTooltipItem[]; readonly isPinned: boolean }): JSX.Element => (
  <VizTooltipContent items={items} isPinned={isPinned} scrollable={items.length > 12} maxHeight={360} />
)

export const momentText = (ms: number | undefined, timeZone: string): string =>
  ms === undefined ? '' : dateTimeFormat(ms, { timeZone, format: 'ddd D MMM YYYY, HH:mm:ss' })
