import { useEffect, useRef, useState } from 'react'
import type { PanelAnswer, PanelQuestion } from '../../api.ts'
import { askPanel } from './ask.ts'
import { connection } from './connection.ts'
import { loadingPanels } from './loading.ts'

export interface PanelData {
  /** The last answer that had something to say. */
  readonly answer: PanelAnswer | null
  /** The question that it answers. */
  readonly question: PanelQuestion | null
  readonly atMs: number | null
  readonly loading: boolean
  /** Why there is no newer answer. */
  readonly problem: string | null
}

const nothing: PanelData = { answer: null, question: null, atMs: null, loading: false, problem: null }

/**
 * Asks a panel's queries again whenever the question changes, calls the last one off, and keeps the last answer while a
 * newer one is on its way or does not come. A panel out of sight asks when it comes into sight.
 */
export function usePanelData(question: PanelQuestion | null, inSight: boolean, tick: number): PanelData {
  const [data, setData] = useState(nothing)
  const wanted = useRef('')
  const key = question === null ? '' : `${tick} ${JSON.stringify(question)}`
  if (inSight) wanted.current = key
  const active = wanted.current
  const current = useRef(question)
  if (active === key) current.current = question

  useEffect(() => {
    const asked = current.current
    if (active === '' || asked === null) return
    const controller = new AbortController()
    setData((before) => ({ ...before, loading: true }))
    const done = loadingPanels.begin()
    askPanel(asked, controller.signal)
      .then((answer) => {
        const problems = Object.values(answer.results).flatMap(({ problem }) =>
          problem === undefined ? [] : [problem],
        )
        const away = problems.find(({ code }) => code === 'unavailable')
        if (away !== undefined) {
          connection.doubt()
          setData((before) => ({ ...before, loading: false, problem: away.message }))
          return
        }
        setData({ answer, question: asked, atMs: Date.now(), loading: false, problem: null })
      })
      .catch((error: unknown) => {
        if (controller.signal.aborted) return
        connection.doubt()
        setData((before) => ({ ...before, loading: false, problem: (error as Error).message }))
      })
      .finally(done)
    return () => controller.abort()
  }, [active])
  return data
}
