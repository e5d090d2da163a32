import type { JSX } from 'react'
import type { DashboardEntry } from '../../api.ts'
import { Icon, RefreshPicker, type TimeRange, TimeRangePicker } from '../grafana/components.ts'
import { describeRange, rangeText } from '../grafana/time-range.ts'
import type { DashboardModel } from './dashboard-model.ts'
import { useLoading } from './loading.ts'
import { choose } from './location.ts'
import { showRange } from './time.ts'
import { VariablePicker } from './variable-picker.tsx'
import type { VariablesState } from './variables.ts'

interface ToolbarProps {
  readonly dashboard: DashboardModel
  readonly dashboards: readonly DashboardEntry[]
  readonly variables: VariablesState
  readonly range: TimeRange
  readonly refresh: string
  readonly timeZone: string
  readonly narrow: boolean
  readonly onTimeZone: (timeZone: string) => void
  readonly onRefresh: () => void
  readonly addressOf: (uid: string, link: { readonly keepTime: boolean; readonly includeVars: boolean }) => string
}

const usualIntervals = ['5s', '10s', '30s', '1m', '5m', '15m', '30m', '1h']

/** What is shown: variables, links, time and how often it is asked for again. */
export function Toolbar(props: ToolbarProps): JSX.Element {
  const { dashboard, variables, range, refresh, timeZone, narrow, onTimeZone, onRefresh } = props
  const loading = useLoading()
  const from = range.from.valueOf()
  const to = range.to.valueOf()
  const move = (by: number): void => showRange(from + by, to + by)
  return (
    <div className="toolbar">
      <div className="chosen">
        {(dashboard.templating?.list ?? [])
          .filter(({ hide, type }) => hide !== 2 && type !== 'constant')
          .map((definition) => (
            <VariablePicker
              key={definition.name}
              definition={definition}
              chosen={variables.chosen[definition.name]}
              options={variables.options[definition.name]}
              problem={variables.problems[definition.name]}
            />
          ))}
        <Links {...props} />
      </div>
      <div className="time">
        <TimeRangePicker
          value={range}
          timeZone={timeZone}
          weekStart={(dashboard.weekStart || undefined) as never}
          onChange={(chosen) => choose(rangeText(chosen))}
          onChangeTimeZone={onTimeZone}
          onMoveBackward={() => move((from - to) / 2)}
          onMoveForward={() => move((to - from) / 2)}
          onZoom={() => showRange(from - (to - from) / 2, to + (to - from) / 2)}
          isOnCanvas
        />
        {/* On a phone Grafana's picker shows a clock alone. */}
        {narrow && <span className="range">{describeRange(range, timeZone)}</span>}
        <RefreshPicker
          value={refresh}
          intervals={[...(dashboard.timepicker?.refresh_intervals ?? usualIntervals)]}
          onIntervalChanged={(interval) => choose({ refresh: interval })}
          onRefresh={onRefresh}
          isLoading={loading}
          noIntervalPicker={narrow}
          tooltip="Ask again now"
          isOnCanvas
        />
      </div>
    </div>
  )
}

/** Links that the dashboard offers: to others with the same tag, and elsewhere. */
function Links({ dashboard, dashboards, addressOf }: ToolbarProps): JSX.Element {
  const links = (dashboard.links ?? []).flatMap((link) => {
    const keep = { keepTime: link.keepTime === true, includeVars: link.includeVars === true }
    if (link.type === 'link')
      return [{ key: link.title, title: link.title, href: link.url ?? '', blank: link.targetBlank === true }]
    return dashboards
      .filter(({ uid, tags }) => uid !== dashboard.uid && (link.tags ?? []).every((tag) => tags.includes(tag)))
      .map(({ uid, title }) => ({ key: uid, title, href: addressOf(uid, keep), blank: link.targetBlank === true }))
  })
  return (
    <>
      {links.map(({ key, title, href, blank }) => (
        <a key={key} className="link" href={href} {...(blank ? { target: '_blank', rel: 'noreferrer' } : {})}>
          <Icon name={blank ? 'external-link-alt' : 'apps'} size="sm" /> {title}
        </a>
      ))}
    </>
  )
}
