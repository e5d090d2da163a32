import type { Dashboard, DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard'
import { dataQuality } from './data-quality.ts'
import { machineSignals } from './machine-signals.ts'
import { plantOverview } from './plant-overview.ts'

/** All dashboards, in the order in which they are offered; the first opens by itself. */
const builders: readonly DashboardBuilder[] = [plantOverview, machineSignals, dataQuality]

/** Dashboards as Grafana and the board read them: the SDK gives panels no ids and all rows the same one. */
export const dashboards = (): readonly Dashboard[] =>
  builders.map((builder) => {
    const dashboard = builder.build()
    dashboard.panels?.forEach((panel, index) => {
      panel.id = index + 1
    })
    return dashboard
  })
