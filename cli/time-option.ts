import { UsageError } from '../lib/errors.ts'
import { formatInstant, parseInstant } from '../lib/time/instant.ts'
import type { Call } from './command.ts'

/** A flag that names a time, as RFC 3339 with a zone; one without a zone is UTC. @throws UsageError */
export function timeOption(options: Call['options'], name: string): string | undefined {
  const text = options[name] as string | undefined
  if (text === undefined) return undefined
  const ns = parseInstant(text, 'utc')
  if (ns === null) throw new UsageError(`--${name}: "${text}" is no time like 2026-03-01T00:00:00Z`)
  return formatInstant(ns)
}
