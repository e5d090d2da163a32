import { type JSX, useEffect, useState } from 'react'
import { Icon } from '../grafana/components.ts'
import { ageText, clockText } from './age.ts'
import { isFilling, useConnection } from './connection.ts'

/** What everybody who looks at the page has to know before they read a figure. */
export function Notices(): JSX.Element | null {
  const { kind, lostSinceMs, reason, progress, status } = useConnection()
  if (kind === 'signed out')
    return (
      <div className="notice lost" role="alert">
        <Icon name="lock" />
        <span>
          The sign-in has ended. <a href="/sign-in">Sign in again</a> to go on.
        </span>
      </div>
    )
  if (kind === 'lost') return <Lost sinceMs={lostSinceMs ?? Date.now()} reason={reason} />
  if (isFilling(progress)) {
    const share = Math.floor((100 * progress.done) / progress.total)
    return (
      <div className="notice filling" role="status">
        <Icon name="history" />
        <span>
          The plant’s history is being filled in: {share} %. <small>{progress.message}</small>
        </span>
        <progress value={progress.done} max={progress.total} aria-label="history" />
      </div>
    )
  }
  if (kind === 'good' && status !== null && status.newestMs === null)
    return (
      <div className="notice" role="status">
        <Icon name="info-circle" />
        <span>
          No reading of the last 30 days is here. Charts fill by themselves as soon as a machine sends; older readings
          are there when you choose their time.
        </span>
      </div>
    )
  return null
}

function Lost({ sinceMs, reason }: { readonly sinceMs: number; readonly reason: string | null }): JSX.Element {
  const [now, setNow] = useState(Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000)
    return () => clearInterval(timer)
  }, [])
  return (
    <div className="notice lost" role="alert">
      <Icon name="exclamation-triangle" />
      <span>
        <b>The connection to the plant’s data is lost</b> since {clockText(sinceMs)} ({ageText(now - sinceMs)}). What
        you see is what was known then; this page tries again by itself. <small>{reason}</small>
      </span>
    </div>
  )
}
