import { type JSX, useEffect, useState } from 'react'
import type { DashboardEntry } from '../../api.ts'
import { type Mode, ThemeProvider } from '../grafana/theme.tsx'
import { askDashboard, askDashboards, SignedOut, Unreachable } from './ask.ts'
import { useRound } from './connection.ts'
import { Dashboard } from './dashboard.tsx'
import type { DashboardModel } from './dashboard-model.ts'
import { Header } from './header.tsx'
import { followLinks, usePlace } from './location.ts'
import { Notices } from './notices.tsx'

const themeKey = 'plantwatch.theme'

/** The whole page. */
export function App(): JSX.Element {
  const [mode, setMode] = useState<Mode>(document.documentElement.dataset['theme'] === 'light' ? 'light' : 'dark')
  const { uid, parameters } = usePlace()
  const round = useRound()
  const [dashboards, setDashboards] = useState<readonly DashboardEntry[]>([])
  const [dashboard, setDashboard] = useState<DashboardModel | null>(null)
  const [problem, setProblem] = useState<string | null>(null)

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round is a reason to ask again
  useEffect(() => {
    let stopped = false
    const load = async (): Promise<void> => {
      const all = await askDashboards()
      const wanted = uid ?? all[0]?.uid
      if (wanted === undefined) throw new Error('There is no dashboard yet')
      const model = await askDashboard(wanted)
      if (stopped) return
      setDashboards(all)
      setDashboard((before) => (JSON.stringify(before) === JSON.stringify(model) ? before : model))
      setProblem(null)
    }
    load().catch((error: unknown) => {
      // The notice at the top says it, and a new round tries again.
      if (!stopped && !(error instanceof Unreachable) && !(error instanceof SignedOut))
        setProblem((error as Error).message)
    })
    return () => {
      stopped = true
    }
  }, [uid, round])

  useEffect(() => {
    document.addEventListener('click', followLinks)
    return () => document.removeEventListener('click', followLinks)
  }, [])

  const current = dashboards.find((entry) => entry.uid === (dashboard?.uid ?? uid))
  useEffect(() => {
    document.title = current === undefined ? 'Plantwatch' : `${current.title} · Plantwatch`
  }, [current])

  const changeMode = (next: Mode): void => {
    localStorage.setItem(themeKey, next)
    setMode(next)
  }
  const timeKept = (to: string): string => {
    const kept = new URLSearchParams([...parameters].filter(([name]) => name === 'from' || name === 'to'))
    return `/d/${encodeURIComponent(to)}${kept.size === 0 ? '' : `?${kept}`}`
  }
  return (
    <ThemeProvider mode={mode}>
      <Header dashboards={dashboards} current={current} mode={mode} onMode={changeMode} addressOf={timeKept} />
      <Notices />
      {problem !== null && (
        <div className="notice lost" role="alert">
          {problem} · <a href="/">Back to the first dashboard</a>
        </div>
      )}
      {problem === null && dashboard !== null && (
        <Dashboard key={dashboard.uid} dashboard={dashboard} dashboards={dashboards} />
      )}
    </ThemeProvider>
  )
}
