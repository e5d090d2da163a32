import { type ComponentType, lazy } from 'react'
import type { SupportedPanel } from '../../../../lib/dashboard/supported.ts'
import type { RendererProps } from '../panel.ts'
import { Bars } from './bar-gauge.tsx'
import { Stat } from './stat.tsx'
import { StateTimeline } from './state-timeline.tsx'
import { Text } from './text.tsx'
import { Courses } from './time-series.tsx'

/** The table's code is large and no table stands at the top of a page: it comes after the first paint. */
const Table = lazy(() => import('./table.tsx'))

/** Who draws what; a new type of panel will not compile until it has a row here. Rows are the page's own. */
export const renderers: { readonly [P in Exclude<SupportedPanel, 'row'>]: ComponentType<RendererProps> } = {
  stat: Stat,
  timeseries: Courses,
  table: Table,
  bargauge: Bars,
  'state-timeline': StateTimeline,
  text: Text,
}
