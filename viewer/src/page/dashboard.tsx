import { type JSX, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import type { DashboardEntry } from '../../api.ts'
import { Icon } from '../grafana/components.ts'
import type { PanelModel } from '../grafana/panel.ts'
import { timeRangeOf, useClockOf } from '../grafana/time-range.ts'
import { useRound } from './connection.ts'
import type { DashboardModel } from './dashboard-model.ts'
import { layOut, oneColumnBelow, sectionsOf } from './layout.ts'
import { loadingPanels } from './loading.ts'
import { usePlace } from './location.ts'
import { Panel } from './panel.tsx'
import { lengthMs, type RangeText, rangeIn, rangeQuery, refreshIn, usualRange } from './time.ts'
import { Toolbar } from './toolbar.tsx'
import { useVariables } from './variables.ts'

interface DashboardProps {
  readonly dashboard: DashboardModel
  readonly dashboards: readonly DashboardEntry[]
}

const variablesEveryMs = 5 * 60_000

/** One dashboard. It is made anew when another one is chosen. */
export function Dashboard({ dashboard, dashboards }: DashboardProps): JSX.Element {
  const { parameters } = usePlace()
  const round = useRound()
  const [timeZone, setTimeZone] = useState(zoneOf(dashboard))
  useClockOf(timeZone)
  const asked = rangeIn(parameters, dashboard)
  const understood = isRange(asked, timeZone)
  const { from, to } = understood ? asked : ownRange(dashboard, timeZone)
  const refresh = refreshIn(parameters, dashboard)
  const [tick, askAgain] = useTick(refresh, round)
  // biome-ignore lint/correctness/useExhaustiveDependencies: each tick is another "now"
  const range = useMemo(
    () => timeRangeOf(from, to, timeZone, zoneOf(dashboard))!,
    [from, to, timeZone, dashboard, tick],
  )
  const variables = useVariables(
    dashboard,
    parameters,
    { fromMs: range.from.valueOf(), toMs: range.to.valueOf() },
    // Machines come and go, if seldom.
    `${from} ${to} ${round} ${Math.floor(range.to.valueOf() / variablesEveryMs)}`,
    tick,
  )
  const words = useMemo(
    () => ({ variables: variables.chosen, timeRangeQuery: rangeQuery({ from, to }) }),
    [variables.chosen, from, to],
  )
  const [folded, setFolded] = useState<ReadonlySet<number>>(() => foldedAtFirst(dashboard))
  const [ref, width] = useWidth()
  const { placed, height } = useMemo(
    () => layOut(dashboard.panels ?? [], width, folded),
    [dashboard.panels, width, folded],
  )
  const addressOf = useCallback(
    (uid: string, { keepTime, includeVars }: { readonly keepTime: boolean; readonly includeVars: boolean }) => {
      const kept = new URLSearchParams()
      for (const [name, value] of parameters)
        if ((keepTime && (name === 'from' || name === 'to')) || (includeVars && name.startsWith('var-')))
          kept.append(name, value)
      const query = kept.toString()
      return `/d/${encodeURIComponent(uid)}${query === '' ? '' : `?${query}`}`
    },
    [parameters],
  )
  return (
    <main className="dashboard">
      <Toolbar
        dashboard={dashboard}
        dashboards={dashboards}
        variables={variables}
        range={range}
        refresh={refresh}
        timeZone={timeZone}
        narrow={width < oneColumnBelow}
        onTimeZone={setTimeZone}
        onRefresh={askAgain}
        addressOf={addressOf}
      />
      {!understood && (
        <div className="notice" role="alert">
          <Icon name="info-circle" />
          <span>
            The address asks for the time from “{asked.from}” to “{asked.to}”, which is no time the board understands.
            What you see is the dashboard’s usual time.
          </span>
        </div>
      )}
      {variables.problems[''] && <div className="notice lost">{variables.problems['']}</div>}
      <div className="grid" ref={ref} style={{ height }}>
        {width > 0 &&
          placed.map(({ panel, ...at }) => (
            <div key={`${panel.type} ${panel.id}`} className="cell" style={at}>
              {panel.type === 'row' ? (
                <RowTitle
                  panel={panel}
                  folded={folded.has(panel.id)}
                  onFold={() => setFolded((before) => flipped(before, panel.id))}
                />
              ) : (
                <Panel
                  dashboard={dashboard.uid}
                  panel={panel}
                  width={at.width}
                  height={at.height}
                  range={range}
                  timeZone={timeZone}
                  chosen={variables.chosen}
                  words={words}
                  tick={tick}
                  crosshair={dashboard.graphTooltip ?? 0}
                />
              )}
            </div>
          ))}
      </div>
    </main>
  )
}

const zoneOf = ({ timezone }: DashboardModel): string =>
  timezone === undefined || timezone === '' ? 'browser' : timezone

const isRange = ({ from, to }: RangeText, timeZone: string): boolean => timeRangeOf(from, to, timeZone) !== null

/** What the dashboard shows where the address says nothing that can be understood. */
function ownRange(dashboard: DashboardModel, timeZone: string): RangeText {
  const own = rangeIn(new URLSearchParams(), dashboard)
  return isRange(own, timeZone) ? own : usualRange
}

const foldedAtFirst = ({ panels }: DashboardModel): ReadonlySet<number> =>
  new Set(sectionsOf(panels ?? []).flatMap(({ row }) => (row?.collapsed ? [row.id] : [])))

function flipped(before: ReadonlySet<number>, id: number): ReadonlySet<number> {
  const next = new Set(before)
  if (!next.delete(id)) next.add(id)
  return next
}

function RowTitle(props: { readonly panel: PanelModel; readonly folded: boolean; readonly onFold: () => void }) {
  const { panel, folded, onFold } = props
  return (
    <button type="button" className="row-title" aria-expanded={!folded} onClick={onFold}>
      <Icon name={folded ? 'angle-right' : 'angle-down'} size="lg" />
      <h2>{panel.title}</h2>
    </button>
  )
}

/** A number that goes up when everything is to be asked again, and what raises it. */
function useTick(refresh: string, round: number): readonly [number, () => void] {
  const [tick, setTick] = useState(0)
  const again = useCallback(() => setTick((before) => before + 1), [])
  const everyMs = lengthMs(refresh)
  const missed = useRef(false)
  useEffect(() => {
    if (everyMs === null) return
    // A page that nobody looks at asks nothing, and one whose last answers are still on their way does not ask twice.
    const beat = (): void => {
      if (document.hidden) missed.current = true
      else if (loadingPanels.count === 0) again()
    }
    const shown = (): void => {
      if (!document.hidden && missed.current) {
        missed.current = false
        again()
      }
    }
    const timer = setInterval(beat, everyMs)
    document.addEventListener('visibilitychange', shown)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', shown)
    }
  }, [everyMs, again])
  return [tick + 1_000_000 * round, again]
}

function useWidth(): readonly [(element: HTMLElement | null) => void, number] {
  const [element, setElement] = useState<HTMLElement | null>(null)
  const [width, setWidth] = useState(0)
  useLayoutEffect(() => {
    if (element === null) return
    const measure = (): void => setWidth(Math.floor(element.getBoundingClientRect().width))
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [element])
  return [setElement, width]
}
