/** What the page and its server say to each other. Types alone: both sides import it. */

/** Values chosen of a variable. `all` stands for every value; `values` are then the known ones. */
export interface Chosen {
  readonly all: boolean
  readonly values: readonly string[]
}
export type ChosenVariables = Readonly<Record<string, Chosen>>

interface Asked {
  /** Uid of the dashboard that the query stands in. */
  readonly dashboard: string
  /** Milliseconds since 1970; `toMs` is not part of the range. */
  readonly fromMs: number
  readonly toMs: number
  readonly variables: ChosenVariables
}

export interface PanelQuestion extends Asked {
  readonly panel: number
  /** Length of one slice of time, for `v.windowPeriod`. */
  readonly intervalMs: number
  /** Points that the panel can draw side by side. */
  readonly maxDataPoints: number
}

export interface VariableQuestion extends Asked {
  readonly variable: string
}

/** `unavailable`: the store did not answer, and asking again may help. */
export interface QueryProblem {
  readonly code: 'unavailable' | 'refused' | 'truncated'
  readonly message: string
}

export type FieldKind = 'time' | 'number' | 'string' | 'boolean'

export interface FrameField {
  readonly name: string
  readonly type: FieldKind
  readonly typeInfo: { readonly frame: string; readonly nullable: true }
  readonly labels?: Readonly<Record<string, string>>
}

/** Rows of a column whose numbers JSON cannot write. */
export interface FrameEntities {
  readonly NaN?: readonly number[]
  readonly Inf?: readonly number[]
  readonly NegInf?: readonly number[]
}

/** A data frame in the JSON of Grafana's data source API. Times are milliseconds since 1970. */
export interface FrameJson {
  readonly schema: { readonly refId: string; readonly name?: string; readonly fields: readonly FrameField[] }
  readonly data: {
    readonly values: readonly (readonly (number | string | boolean | null)[])[]
    readonly entities?: readonly (FrameEntities | null)[]
  }
}

export interface QueryResult {
  readonly frames: readonly FrameJson[]
  readonly problem?: QueryProblem
}

/** Per refId of the panel's queries. */
export interface PanelAnswer {
  readonly results: Readonly<Record<string, QueryResult>>
}

export interface VariableAnswer {
  readonly values: readonly string[]
  readonly problem?: QueryProblem
}

export interface DashboardEntry {
  readonly uid: string
  readonly title: string
  readonly description: string
  readonly tags: readonly string[]
}

export interface BoardStatus {
  readonly demo: boolean
  /** Whether the store answered just now. */
  readonly connected: boolean
  readonly reason: string | null
  /** Time of the newest reading among raw measurements; null when none is known. */
  readonly newestMs: number | null
  /** The server's clock, which ages are counted by. */
  readonly nowMs: number
}
