import type {
  DataFrame,
  DataTransformerConfig,
  FieldConfigSource,
  GrafanaTheme2,
  InterpolateFunction,
  TimeRange,
} from '@grafana/data'

/** A panel as its dashboard's JSON has it. */
export interface PanelModel {
  readonly id: number
  readonly type: string
  readonly title?: string
  readonly description?: string
  readonly transparent?: boolean
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  /** Each type of panel has its own. */
  readonly options?: Readonly<Record<string, unknown>>
  readonly fieldConfig?: FieldConfigSource
  readonly targets?: readonly { readonly refId: string; readonly query?: string; readonly hide?: boolean }[]
  readonly transformations?: readonly DataTransformerConfig[]
  readonly interval?: string
  readonly maxDataPoints?: number
  readonly timeFrom?: string
  readonly timeShift?: string
  readonly hideTimeOverride?: boolean
  readonly collapsed?: boolean
  readonly panels?: readonly PanelModel[]
}

/** What a renderer is given. Frames are dressed; they keep their identity as long as nothing changed. */
export interface RendererProps {
  readonly panel: PanelModel
  readonly frames: DataFrame[]
  readonly structureRev: number
  readonly fieldConfig: FieldConfigSource
  readonly width: number
  readonly height: number
  readonly timeRange: TimeRange
  readonly timeZone: string
  /** Length of one slice of time that was asked for. */
  readonly intervalMs: number
  readonly theme: GrafanaTheme2
  readonly replaceVariables: InterpolateFunction
  readonly onZoom: (fromMs: number, toMs: number) => void
}
