import { type JSX, Suspense, useMemo, useRef, useState } from 'react'
import { isSupportedPanel } from '../../../lib/dashboard/supported.ts'
import type { ChosenVariables, PanelQuestion } from '../../api.ts'
import {
  ErrorBoundary,
  EventBusSrv,
  Icon,
  LoadingState,
  PanelChrome,
  PanelContextProvider,
  SeriesVisibilityChangeMode,
  type TimeRange,
  Tooltip,
} from '../grafana/components.ts'
import type { Words } from '../grafana/interpolate.ts'
import { interpolator } from '../grafana/interpolate.ts'
import type { PanelModel } from '../grafana/panel.ts'
import { renderers } from '../grafana/panels/renderers.tsx'
import { describeTimeFrom, intervalMsFor, panelRange } from '../grafana/time-range.ts'
import { noFieldConfig, useFrames } from '../grafana/use-frames.ts'
import { clockText } from './age.ts'
import { useLost } from './connection.ts'
import { useInSight } from './in-sight.ts'
import { usePanelData } from './panel-data.ts'
import { showRange } from './time.ts'
import { namesIn } from './variables.ts'

interface PanelProps {
  readonly dashboard: string
  readonly panel: PanelModel
  readonly width: number
  readonly height: number
  readonly range: TimeRange
  readonly timeZone: string
  readonly chosen: ChosenVariables
  readonly words: Words
  readonly tick: number
  /** 0 none, 1 one crosshair for all. */
  readonly crosshair: number
}

const eventBus = new EventBusSrv()

/** One panel: asks, draws, and says so when it cannot. */
export function Panel(props: PanelProps): JSX.Element {
  const { panel, width, height, range: pageRange, timeZone, words, tick, crosshair } = props
  const place = useRef<HTMLElement>(null)
  const inSight = useInSight(place)
  const range = useMemo(() => panelRange(pageRange, panel.timeFrom, timeZone), [pageRange, panel.timeFrom, timeZone])
  const points = panel.maxDataPoints ?? Math.max(50, Math.round(width))
  const intervalMs = intervalMsFor(range, points, panel.interval)
  const question = questionOf(props, range, intervalMs, points)
  const data = usePanelData(question, inSight, tick)
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set())
  const replaceVariables = useMemo(() => interpolator(words), [words])
  const {
    frames,
    structureRev,
    problem: drawingProblem,
    empty,
  } = useFrames({
    panel,
    answer: data.answer,
    timeZone,
    replaceVariables,
    hidden,
  })
  const context = useMemo(
    () => ({
      eventsScope: 'global',
      eventBus,
      sync: () => crosshair,
      onToggleSeriesVisibility: (label: string | string[] | null, mode: SeriesVisibilityChangeMode) =>
        setHidden((before) => toggled(before, label, mode, frames?.names ?? [])),
    }),
    [crosshair, frames?.names],
  )
  const results = Object.values(data.answer?.results ?? {})
  const refused = results.flatMap(({ problem }) => (problem?.code === 'refused' ? [problem.message] : []))[0]
  const truncated = results.flatMap(({ problem }) => (problem?.code === 'truncated' ? [problem.message] : []))[0]
  const problem = supportProblem(panel) ?? refused ?? drawingProblem
  // Old figures stay, and say that they are old.
  const lost = useLost()
  const old = (data.problem !== null || lost) && data.answer !== null
  const wordless = data.answer === null && panel.type !== 'text'
  const hasText = panel.type === 'text'
  const title = replaceVariables(panel.title ?? '')

  const body = (innerWidth: number, innerHeight: number): JSX.Element => {
    if (problem !== null && problem !== undefined) return <Message kind="problem" text={problem} />
    if (!hasText && wordless)
      return data.problem === null ? <Waiting /> : <Message kind="problem" text={data.problem} />
    if (!hasText && (frames === null || empty))
      return frames === null ? <Waiting /> : <Message kind="empty" text={emptyText(panel)} />
    const Renderer = renderers[panel.type as keyof typeof renderers]
    return (
      <Suspense fallback={<Waiting />}>
        <Renderer
          panel={panel}
          frames={frames?.dressed ?? []}
          structureRev={structureRev}
          fieldConfig={frames?.fieldConfig ?? noFieldConfig}
          width={innerWidth}
          height={innerHeight}
          timeRange={range}
          timeZone={timeZone}
          intervalMs={data.question?.intervalMs ?? intervalMs}
          theme={frames?.theme ?? (undefined as never)}
          replaceVariables={replaceVariables}
          onZoom={showRange}
        />
      </Suspense>
    )
  }

  return (
    <section
      ref={place}
      className={`panel ${old ? 'old' : ''}`}
      data-panel={panel.id}
      data-type={panel.type}
      data-state={stateOf(problem, data.loading, wordless && !hasText, empty && !hasText)}
      aria-label={title}
    >
      <PanelContextProvider value={context as never}>
        <PanelChrome
          title={title}
          description={panel.description ? () => replaceVariables(panel.description ?? '') : undefined}
          width={width}
          height={height}
          padding={panel.type === 'table' || panel.type === 'stat' ? 'none' : 'md'}
          displayMode={panel.transparent ? 'transparent' : 'default'}
          loadingState={data.loading && !wordless ? LoadingState.Loading : LoadingState.Done}
          titleItems={
            <TitleItems
              timeFrom={panel.hideTimeOverride || range === pageRange ? undefined : panel.timeFrom}
              oldSinceMs={old ? data.atMs : null}
              narrow={width < 300}
              warning={truncated}
            />
          }
        >
          {(innerWidth, innerHeight) => (
            <ErrorBoundary dependencies={[frames, panel]}>
              {({ error }) => (error ? <Message kind="problem" text={error.message} /> : body(innerWidth, innerHeight))}
            </ErrorBoundary>
          )}
        </PanelChrome>
      </PanelContextProvider>
    </section>
  )
}

const stateOf = (problem: string | null | undefined, loading: boolean, waiting: boolean, empty: boolean): string =>
  problem ? 'problem' : waiting || (loading && empty) ? 'waiting' : empty ? 'empty' : 'drawn'

/** A table's word for "no value" is made for its cells. */
const emptyText = ({ type, fieldConfig }: PanelModel): string =>
  (type === 'table' ? '' : fieldConfig?.defaults.noValue) || 'Nothing came in this time'

const supportProblem = ({ type }: PanelModel): string | null =>
  isSupportedPanel(type) ? null : `Panels of the type "${type}" are not supported by the board; Grafana shows them`

/** Null while something that the question needs is not known. */
function questionOf(
  { dashboard, panel, chosen }: PanelProps,
  range: TimeRange,
  intervalMs: number,
  maxDataPoints: number,
): PanelQuestion | null {
  const queries = (panel.targets ?? []).filter(({ hide }) => hide !== true)
  if (queries.length === 0 || !isSupportedPanel(panel.type)) return null
  const needed = namesIn(queries.map(({ query }) => query ?? '').join('\n')).filter((name) => !name.startsWith('__'))
  if (needed.some((name) => chosen[name] === undefined)) return null
  return {
    dashboard,
    panel: panel.id,
    fromMs: range.from.valueOf(),
    toMs: range.to.valueOf(),
    intervalMs,
    maxDataPoints,
    variables: Object.fromEntries(needed.map((name) => [name, chosen[name]!])),
  }
}

/** A click on a name shows it alone, or all again; with Ctrl it goes or comes by itself. */
function toggled(
  before: ReadonlySet<string>,
  label: string | string[] | null,
  mode: SeriesVisibilityChangeMode,
  names: readonly string[],
): ReadonlySet<string> {
  if (typeof label !== 'string') return new Set()
  if (mode === SeriesVisibilityChangeMode.AppendToSelection) {
    const next = new Set(before)
    if (!next.delete(label)) next.add(label)
    return next
  }
  const others = names.filter((name) => name !== label)
  const isAlone = others.length > 0 && !before.has(label) && others.every((name) => before.has(name))
  return isAlone ? new Set() : new Set(others)
}

function TitleItems(props: {
  readonly timeFrom: string | undefined
  readonly oldSinceMs: number | null
  /** No room for words beside the title. */
  readonly narrow: boolean
  readonly warning: string | undefined
}): JSX.Element | null {
  const { timeFrom, oldSinceMs, narrow, warning } = props
  return (
    <>
      {timeFrom !== undefined && (
        <span className="title-item">
          <Icon name="clock-nine" size="sm" /> {describeTimeFrom(timeFrom)}
        </span>
      )}
      {warning !== undefined && (
        <Tooltip content={warning}>
          <span className="title-item watch">
            <Icon name="exclamation-triangle" size="sm" /> in part
          </span>
        </Tooltip>
      )}
      {oldSinceMs !== null && (
        <Tooltip content={`What was known at ${clockText(oldSinceMs)}; nothing newer came.`}>
          <span className="title-item watch" data-old>
            <Icon name="history" size="sm" /> {narrow ? '' : `as of ${clockText(oldSinceMs)}`}
          </span>
        </Tooltip>
      )}
    </>
  )
}

const Message = ({ kind, text }: { readonly kind: 'problem' | 'empty'; readonly text: string }): JSX.Element => (
  <div className={`message ${kind}`} role={kind === 'problem' ? 'alert' : 'status'}>
    {kind === 'problem' && <Icon name="exclamation-circle" />}
    <span>{text}</span>
  </div>
)

const Waiting = (): JSX.Element => (
  <div className="message waiting" aria-busy="true">
    <span className="pulse" />
  </div>
)
