import { readdirSync, readFileSync } from 'node:fs'

/** A process as /proc shows it. */
export interface ProcessFacts {
  readonly pid: number
  readonly parent: number
  readonly command: string
  /** Resident memory now and at its most, in bytes. */
  readonly rssBytes: number
  readonly rssPeakBytes: number
}

/** All living processes of this machine (Linux). */
export function allProcesses(): ProcessFacts[] {
  const found: ProcessFacts[] = []
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      const status = readFileSync(`/proc/${name}/status`, 'utf8')
      if (/^State:\s+[ZX]/m.test(status)) continue
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0').join(' ').trim()
      found.push({
        pid: Number(name),
        parent: numberOf(status, 'PPid'),
        command,
        rssBytes: numberOf(status, 'VmRSS') * 1024,
        rssPeakBytes: numberOf(status, 'VmHWM') * 1024,
      })
    } catch {} // it ended while we looked
  }
  return found
}

/** A process and everything it started, directly or not. */
export function familyOf(pid: number): ProcessFacts[] {
  const all = allProcesses()
  const family = all.filter((one) => one.pid === pid)
  for (const member of family) family.push(...all.filter(({ parent }) => parent === member.pid))
  return family
}

/** What a process of the stack is: `store`, `ingestor`, … or `up`. */
export const roleOf = ({ command }: ProcessFacts): string => /plantwatch\.js (\w+)/.exec(command)?.[1] ?? command

const numberOf = (status: string, key: string): number =>
  Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0)
