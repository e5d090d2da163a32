import type { PanelModel } from '../grafana/panel.ts'

/** A variable as a dashboard defines it. */
export interface VariableModel {
  readonly type: string
  readonly name: string
  readonly label?: string
  /** 0 shows all, 1 hides the label, 2 the whole. */
  readonly hide?: number
  readonly multi?: boolean
  readonly includeAll?: boolean
  readonly allValue?: string | null
  readonly query?: string | { readonly query: string }
  readonly current?: { readonly value?: string | readonly string[] }
  readonly skipUrlSync?: boolean
  readonly description?: string
}

export interface DashboardLinkModel {
  readonly type: string
  readonly title: string
  readonly url?: string
  readonly tags?: readonly string[]
  readonly keepTime?: boolean
  readonly includeVars?: boolean
  readonly targetBlank?: boolean
  readonly tooltip?: string
}

export interface DashboardModel {
  readonly uid: string
  readonly title: string
  readonly description?: string
  readonly timezone?: string
  readonly weekStart?: string
  readonly time?: { readonly from: string; readonly to: string }
  readonly refresh?: string
  /** 0 none, 1 one crosshair, 2 a tooltip too. */
  readonly graphTooltip?: number
  readonly timepicker?: { readonly refresh_intervals?: readonly string[] }
  readonly links?: readonly DashboardLinkModel[]
  readonly templating?: { readonly list?: readonly VariableModel[] }
  readonly panels?: readonly PanelModel[]
}
