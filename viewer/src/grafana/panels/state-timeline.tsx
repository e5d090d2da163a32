import { colorManipulator, type DataFrame, dateTimeFormat, type GrafanaTheme2, rangeUtil } from '@grafana/data'
import {
  AxisPlacement,
  LegendDisplayMode,
  ScaleDirection,
  ScaleOrientation,
  VisibilityMode,
  type VizLegendOptions,
} from '@grafana/schema'
import {
  getTextColorForAlphaBackground,
  Portal,
  UPLOT_AXIS_FONT_SIZE,
  UPlotChart,
  UPlotConfigBuilder,
  usePanelContext,
  VizLayout,
  VizLegend,
  VizTooltipContainer,
  VizTooltipContent,
  VizTooltipHeader,
  VizTooltipWrapper,
} from '@grafana/ui'
import { type JSX, type RefObject, useMemo, useRef, useState } from 'react'
import type { RendererProps } from '../panel.ts'
import { crosshairScope, momentText, plotPadding } from './hover.tsx'
import { meanings, type Row, rowsOf, type Segment } from './segments.ts'

/** Grafana's packages have no such panel: drawn on its plot, so that axes and crosshair are those of the others. */
type Plot = Parameters<NonNullable<ConstructorParameters<typeof UPlotChart>[0]['plotRef']>>[0]

interface TimelineOptions {
  readonly rowHeight: number
  readonly showValue: VisibilityMode
  readonly legend: Partial<VizLegendOptions>
}

/** What the drawing reads; it outlives a change of data. */
interface Drawn {
  readonly rows: readonly Row[]
  readonly fromMs: number
  readonly toMs: number
  readonly options: TimelineOptions
  readonly fillOpacity: number
  readonly theme: GrafanaTheme2
  readonly onZoom: RendererProps['onZoom']
}

interface Pointed {
  readonly name: string
  readonly segment: Segment
  readonly x: number
  readonly y: number
}

/** Who did what when: a row each, a colour per state. */
export function StateTimeline(props: RendererProps): JSX.Element {
  const { panel, frames, width, height, timeRange, timeZone, intervalMs, theme, fieldConfig, onZoom } = props
  const { sync } = usePanelContext()
  const options: TimelineOptions = {
    rowHeight: 0.9,
    showValue: VisibilityMode.Auto,
    legend: {},
    ...(panel.options as Partial<TimelineOptions> | undefined),
  }
  const fromMs = timeRange.from.valueOf()
  const toMs = timeRange.to.valueOf()
  const rows = useMemo(
    () => rowsOf(frames, { holdsMs: intervalMs, untilMs: Math.min(toMs, Date.now()) }),
    [frames, intervalMs, toMs],
  )
  const [pointed, setPointed] = useState<Pointed | null>(null)
  const fillOpacity = ((fieldConfig.defaults.custom as { fillOpacity?: number } | undefined)?.fillOpacity ?? 70) / 100
  const drawn = useRef<Drawn>(null as never)
  drawn.current = { rows, fromMs, toMs, options, fillOpacity, theme, onZoom }
  const names = rows.map(({ name }) => name).join('\n')
  const synced = (sync?.() ?? 0) !== 0
  // biome-ignore lint/correctness/useExhaustiveDependencies: the rest is read through the ref, as the plot outlives it
  const config = useMemo(
    () => configFor(drawn, timeZone, synced, setPointed),
    [names, timeZone, theme, synced, fieldConfig],
  )
  // biome-ignore lint/correctness/useExhaustiveDependencies: new rows are drawn by giving the plot new data
  const data = useMemo(
    () =>
      [
        [fromMs, toMs],
        [null, null],
      ] as never,
    [fromMs, toMs, rows],
  )
  const legend = options.legend.showLegend === false ? null : legendOf(rows, frames, options.legend)
  return (
    <VizLayout width={width} height={height} legend={legend}>
      {(innerWidth, innerHeight) => (
        <UPlotChart config={config} data={data} width={innerWidth} height={innerHeight}>
          {pointed !== null && (
            <Portal>
              <VizTooltipContainer position={{ x: pointed.x, y: pointed.y }} offset={{ x: 12, y: 12 }}>
                <SegmentTooltip {...pointed} timeZone={timeZone} />
              </VizTooltipContainer>
            </Portal>
          )}
        </UPlotChart>
      )}
    </VizLayout>
  )
}

/** An element and no component: the layout around it reads its placement. */
function legendOf(rows: readonly Row[], frames: DataFrame[], { placement = 'bottom' }: Partial<VizLegendOptions>) {
  return (
    <VizLayout.Legend placement={placement}>
      <VizLegend
        placement={placement}
        displayMode={LegendDisplayMode.List}
        items={meanings(rows, frames).map(({ text, color }) => ({ label: text, color, yAxis: 1 }))}
        readonly
      />
    </VizLayout.Legend>
  )
}

function SegmentTooltip({ name, segment, timeZone }: Pointed & { readonly timeZone: string }): JSX.Element {
  const { fromMs, toMs, text, color } = segment
  const length = rangeUtil.msRangeToTimeString(toMs - fromMs)
  const from = momentText(fromMs, timeZone)
  const to = dateTimeFormat(toMs, { timeZone, format: toMs - fromMs > 86_400_000 ? 'D MMM HH:mm' : 'HH:mm:ss' })
  return (
    <VizTooltipWrapper>
      <VizTooltipHeader item={{ label: '', value: name }} />
      <VizTooltipContent
        items={[
          { label: text, value: length, color },
          { label: `${from} – ${to}`, value: '' },
        ]}
      />
    </VizTooltipWrapper>
  )
}

function configFor(
  drawn: RefObject<Drawn>,
  timeZone: string,
  synced: boolean,
  onPoint: (pointed: Pointed | null) => void,
): UPlotConfigBuilder {
  const { rows, theme } = drawn.current
  const builder = new UPlotConfigBuilder(timeZone)
  builder.addScale({
    scaleKey: 'x',
    isTime: true,
    orientation: ScaleOrientation.Horizontal,
    direction: ScaleDirection.Right,
    range: () => [drawn.current.fromMs, drawn.current.toMs],
  })
  builder.addScale({
    scaleKey: 'y',
    orientation: ScaleOrientation.Vertical,
    direction: ScaleDirection.Down,
    range: [0, rows.length],
  })
  builder.addAxis({
    scaleKey: 'x',
    isTime: true,
    placement: AxisPlacement.Bottom,
    timeZone,
    theme,
    grid: { show: true },
  })
  builder.addAxis({
    scaleKey: 'y',
    placement: AxisPlacement.Left,
    theme,
    grid: { show: false },
    ticks: { show: false },
    splits: rows.map((_, row) => row + 0.5),
    values: () => drawn.current.rows.map(({ name }) => name),
  })
  builder.addSeries({
    scaleKey: 'y',
    theme,
    pathBuilder: () => null,
    pointsBuilder: () => null,
    showPoints: VisibilityMode.Never,
  } as never)
  builder.setCursor({
    drag: { x: true, y: false, setScale: false },
    points: { show: false },
    y: false,
    ...(synced ? { sync: { key: crosshairScope, scales: ['x', null] } } : {}),
  })
  builder.setPadding(plotPadding)
  builder.addHook('draw', (plot) => draw(plot, drawn.current))
  builder.addHook('setSelect', (plot) => {
    const { left, width } = plot.select
    const own = plot.cursor.event != null
    plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false)
    if (own && width >= 5) drawn.current.onZoom(plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x'))
  })
  builder.addHook('init', (plot) => {
    plot.over.addEventListener('mousemove', (event) => onPoint(pointedAt(plot, drawn.current, event)))
    plot.over.addEventListener('mouseleave', () => onPoint(null))
    plot.over.addEventListener('dblclick', () => {
      const { fromMs, toMs, onZoom } = drawn.current
      onZoom(fromMs - (toMs - fromMs) / 2, toMs + (toMs - fromMs) / 2)
    })
  })
  return builder
}

function pointedAt(plot: Plot, { rows }: Drawn, event: MouseEvent): Pointed | null {
  const { left, top } = plot.over.getBoundingClientRect()
  const ms = plot.posToVal(event.clientX - left, 'x')
  const row = rows[Math.floor(((event.clientY - top) / plot.over.clientHeight) * rows.length)]
  const segment = row?.segments.find(({ fromMs, toMs }) => ms >= fromMs && ms < toMs)
  return row === undefined || segment === undefined
    ? null
    : { name: row.name, segment, x: event.clientX, y: event.clientY }
}

function draw(plot: Plot, { rows, fromMs, toMs, options, fillOpacity, theme }: Drawn): void {
  const { ctx, bbox } = plot
  const ratio = window.devicePixelRatio
  const rowHeight = bbox.height / Math.max(1, rows.length)
  const barHeight = Math.max(1, Math.round(rowHeight * options.rowHeight))
  const fontSize = UPLOT_AXIS_FONT_SIZE * ratio
  const withText = options.showValue !== VisibilityMode.Never && barHeight >= fontSize * 1.2
  ctx.save()
  ctx.beginPath()
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
  ctx.clip()
  ctx.font = `${fontSize}px ${theme.typography.fontFamily}`
  ctx.textBaseline = 'middle'
  ctx.textAlign = 'left'
  rows.forEach(({ segments }, row) => {
    const top = Math.round(bbox.top + row * rowHeight + (rowHeight - barHeight) / 2)
    for (const segment of segments) {
      if (segment.toMs <= fromMs || segment.fromMs >= toMs) continue
      const left = Math.max(bbox.left, Math.round(plot.valToPos(segment.fromMs, 'x', true)))
      const right = Math.min(bbox.left + bbox.width, Math.round(plot.valToPos(segment.toMs, 'x', true)))
      const width = Math.max(1, right - left)
      const fill = colorManipulator.alpha(segment.color, fillOpacity)
      ctx.fillStyle = fill
      ctx.fillRect(left, top, width, barHeight)
      const room = width - 12 * ratio
      if (!withText || (options.showValue !== VisibilityMode.Always && ctx.measureText(segment.text).width > room))
        continue
      ctx.fillStyle = getTextColorForAlphaBackground(fill, theme.isDark)
      ctx.fillText(segment.text, left + 6 * ratio, top + barHeight / 2 + ratio)
    }
  })
  ctx.restore()
}
