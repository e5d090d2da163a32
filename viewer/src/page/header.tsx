import { type JSX, useEffect, useState } from 'react'
import type { DashboardEntry } from '../../api.ts'
import { Dropdown, Icon, Menu, ToolbarButton, Tooltip } from '../grafana/components.ts'
import type { Mode } from '../grafana/theme.tsx'
import { ageText, freshness, momentWithDay } from './age.ts'
import { useConnection } from './connection.ts'
import { goTo } from './location.ts'

interface HeaderProps {
  readonly dashboards: readonly DashboardEntry[]
  readonly current: DashboardEntry | undefined
  readonly mode: Mode
  readonly onMode: (mode: Mode) => void
  readonly addressOf: (uid: string) => string
}

/** Where one is, what the data is worth, and how it looks. */
export function Header({ dashboards, current, mode, onMode, addressOf }: HeaderProps): JSX.Element {
  const { status } = useConnection()
  const menu = (
    <Menu>
      {dashboards.map(({ uid, title, description }) => (
        <Menu.Item
          key={uid}
          label={title}
          description={description}
          icon={uid === current?.uid ? 'check' : 'apps'}
          onClick={() => goTo(addressOf(uid))}
        />
      ))}
    </Menu>
  )
  return (
    <header className="header">
      <a className="brand" href="/" aria-label="Plantwatch, the first dashboard">
        <Mark />
        <span>Plantwatch</span>
      </a>
      <span className="slash">/</span>
      <Dropdown overlay={menu} placement="bottom-start">
        <button type="button" className="dashboards" aria-label="Dashboards">
          <h1>{current?.title ?? ''}</h1>
          <Icon name="angle-down" />
        </button>
      </Dropdown>
      <span className="space" />
      {status?.demo && (
        <Tooltip content="Every figure on this page is made up by a simulator; no real plant is behind it.">
          <span className="badge demo">Demo data</span>
        </Tooltip>
      )}
      <DataAge />
      <ToolbarButton
        tooltip={mode === 'dark' ? 'Light colours' : 'Dark colours'}
        aria-label={mode === 'dark' ? 'Light colours' : 'Dark colours'}
        onClick={() => onMode(mode === 'dark' ? 'light' : 'dark')}
      >
        {mode === 'dark' ? <Sun /> : <Moon />}
      </ToolbarButton>
      <form method="post" action="/sign-out" className="sign-out">
        <ToolbarButton icon="signout" tooltip="Sign out" aria-label="Sign out" type="submit" />
      </form>
    </header>
  )
}

/** How long ago the plant was last heard from, counted on by the second. */
function DataAge(): JSX.Element | null {
  const { kind, status, atMs } = useConnection()
  const [now, setNow] = useState(Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000)
    return () => clearInterval(timer)
  }, [])
  if (kind === 'new' || status === null) return null
  if (status.newestMs === null) return <span className="badge age stale">no recent readings</span>
  const ageMs = Math.max(0, status.nowMs - status.newestMs + Math.max(0, now - atMs))
  const worth = kind === 'good' ? freshness(ageMs) : 'stale'
  return (
    <Tooltip content={`The newest reading is of ${momentWithDay(status.newestMs)}.`}>
      <span className={`badge age ${worth}`} data-age={worth}>
        <i className="dot" />
        <span className="long">{worth === 'fresh' ? 'live, newest reading ' : 'newest reading '}</span>
        {ageText(ageMs)} <span className="long">ago</span>
      </span>
    </Tooltip>
  )
}

const Mark = (): JSX.Element => (
  <svg viewBox="0 0 24 24" width="26" height="26" aria-hidden="true">
    <rect width="24" height="24" rx="6" fill="#1f62e0" />
    <path
      d="M4 14.5h3.2L9.6 7l3.9 10.5 2.4-6H20"
      fill="none"
      stroke="#fff"
      strokeWidth="2"
      strokeLinecap="round"
      strokeLinejoin="round"
    />
  </svg>
)

const Sun = (): JSX.Element => (
  <svg viewBox="0 0 24 24" width="16" height="16" aria-hidden="true" fill="none" stroke="currentColor" strokeWidth="2">
    <circle cx="12" cy="12" r="4" />
    <path d="M12 2v3m0 14v3M2 12h3m14 0h3M4.9 4.9 7 7m10 10 2.1 2.1m0-14.2L17 7M7 17l-2.1 2.1" strokeLinecap="round" />
  </svg>
)

const Moon = (): JSX.Element => (
  <svg viewBox="0 0 24 24" width="16" height="16" aria-hidden="true" fill="none" stroke="currentColor" strokeWidth="2">
    <path d="M20.5 14.2A8.5 8.5 0 0 1 9.8 3.5a8.5 8.5 0 1 0 10.7 10.7z" strokeLinejoin="round" />
  </svg>
)
