import {
  compareArrayValues,
  compareDataFrameStructures,
  type DataFrame,
  type FieldConfigSource,
  FieldType,
  type GrafanaTheme2,
  getFieldDisplayName,
  type InterpolateFunction,
} from '@grafana/data'
import { useTheme2 } from '@grafana/ui'
import { useEffect, useMemo, useRef, useState } from 'react'
import { isSupportedPanel } from '../../../lib/dashboard/supported.ts'
import type { PanelAnswer } from '../../api.ts'
import type { PanelModel } from './panel.ts'
import { dress, framesFromAnswer, hasValues, transform, withDefaults } from './pipeline.ts'

export const noFieldConfig: FieldConfigSource = { defaults: {}, overrides: [] }

interface Dressed {
  readonly dressed: DataFrame[]
  /** With the defaults of the panel's type. */
  readonly fieldConfig: FieldConfigSource
  readonly theme: GrafanaTheme2
  /** Of the series, for a legend that hides some. */
  readonly names: readonly string[]
}

export interface Frames {
  /** Null before the first answer has gone through its transformations. */
  readonly frames: Dressed | null
  /** Another number whenever fields came, went or changed their settings. */
  readonly structureRev: number
  readonly problem: string | null
  readonly empty: boolean
}

interface FramesOptions {
  readonly panel: PanelModel
  readonly answer: PanelAnswer | null
  readonly timeZone: string
  readonly replaceVariables: InterpolateFunction
  /** Names of series that are not to be drawn. */
  readonly hidden: ReadonlySet<string>
}

const noAnswer: PanelAnswer = { results: {} }

/** From an answer to frames that can be drawn: transformed, then dressed. */
export function useFrames({ panel, answer, timeZone, replaceVariables, hidden }: FramesOptions): Frames {
  const theme = useTheme2()
  const [transformed, setTransformed] = useState<readonly DataFrame[] | null>(null)
  const [transformProblem, setTransformProblem] = useState<string | null>(null)
  const given = answer ?? (panel.type === 'text' ? noAnswer : null)

  useEffect(() => {
    if (given === null) return
    let stopped = false
    const raw = framesFromAnswer(Object.values(given.results).flatMap(({ frames }) => frames))
    transform(raw, panel.transformations ?? [], replaceVariables).then(
      (frames) => {
        if (stopped) return
        setTransformProblem(null)
        setTransformed(frames)
      },
      (error: Error) => {
        if (!stopped) setTransformProblem(error.message)
      },
    )
    return () => {
      stopped = true
    }
  }, [given, panel.transformations, replaceVariables])

  // The same object as long as the panel is: another one makes plots anew.
  const fieldConfig = useMemo(
    () => (isSupportedPanel(panel.type) ? withDefaults(panel.type, panel.fieldConfig ?? noFieldConfig) : noFieldConfig),
    [panel],
  )
  const [frames, dressProblem] = useMemo((): readonly [Dressed | null, string | null] => {
    if (transformed === null || !isSupportedPanel(panel.type)) return [null, null]
    const source = panel.fieldConfig ?? noFieldConfig
    try {
      const dressed = dress(transformed, { type: panel.type, fieldConfig: source, replaceVariables, theme, timeZone })
      return [{ dressed: hide(dressed, hidden), fieldConfig, theme, names: namesOf(dressed) }, null]
    } catch (error) {
      return [null, (error as Error).message]
    }
  }, [transformed, panel, fieldConfig, replaceVariables, theme, timeZone, hidden])

  const last = useRef<{ frames: DataFrame[]; rev: number }>({ frames: [], rev: 1 })
  if (frames !== null && last.current.frames !== frames.dressed) {
    const same = compareArrayValues(last.current.frames, frames.dressed, compareDataFrameStructures)
    last.current = { frames: frames.dressed, rev: last.current.rev + (same ? 0 : 1) }
  }
  return {
    frames,
    structureRev: last.current.rev,
    problem: transformProblem ?? dressProblem,
    empty: frames !== null && !hasValues(frames.dressed),
  }
}

const namesOf = (frames: DataFrame[]): string[] =>
  frames.flatMap((frame) =>
    frame.fields
      .filter(({ type }) => type !== FieldType.time)
      .map((field) => getFieldDisplayName(field, frame, frames)),
  )

function hide(frames: DataFrame[], hidden: ReadonlySet<string>): DataFrame[] {
  if (hidden.size === 0) return frames
  for (const frame of frames)
    for (const field of frame.fields)
      if (hidden.has(getFieldDisplayName(field, frame, frames)))
        field.config.custom = { ...field.config.custom, hideFrom: { viz: true, tooltip: true, legend: false } }
  return frames
}
