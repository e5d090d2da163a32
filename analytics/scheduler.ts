import { type ScheduledTask, schedule } from 'node-cron'
import type { JobRunner, RunReport } from './runner.ts'

export interface Scheduler {
  close(): Promise<void>
}

/**
 * When jobs run, never what they do. Each starts with a sweep: what fell due while nobody was there is found in the store, not
 * in a list of missed triggers. While sweeps find windows that are too old for the other triggers (history is arriving) they follow
 * one another.
 * @param restMs between sweeps that still find something
 */
export function startScheduler(runners: readonly JobRunner[], restMs = 15_000): Scheduler {
  const tasks: ScheduledTask[] = []
  const timers = new Set<NodeJS.Timeout>()
  let closed = false
  const again = (runner: JobRunner): void => {
    if (closed) return
    const timer = setTimeout(() => {
      timers.delete(timer)
      sweep(runner)
    }, restMs)
    timers.add(timer)
  }
  const sweep = (runner: JobRunner): void => {
    void runner.request({ kind: 'sweep' }).then((report) => {
      if (report !== null && (foundHistory(runner, report) || runner.state.status === 'waiting')) again(runner)
    })
  }
  for (const runner of runners) {
    for (const trigger of runner.job.triggers) {
      if (trigger.kind === 'cron')
        tasks.push(
          schedule(trigger.cron, () => void runner.request({ kind: 'recent', lookbackHours: trigger.lookbackHours }), {
            timezone: 'UTC',
            name: `${runner.job.name} cron`,
          }),
        )
      if (trigger.kind === 'sweep')
        tasks.push(schedule(trigger.cron, () => sweep(runner), { timezone: 'UTC', name: `${runner.job.name} sweep` }))
    }
    sweep(runner)
  }
  return {
    async close() {
      closed = true
      for (const timer of timers) clearTimeout(timer)
      await Promise.all(tasks.map((task) => task.destroy()))
      await Promise.all(runners.map((runner) => runner.close()))
    },
  }
}

/** A device whose clock is behind makes windows due for ever: those of the last hours are left to the schedule. */
function foundHistory({ job }: JobRunner, { startedNs, oldestNs }: RunReport): boolean {
  const hours = job.triggers.map((trigger) => (trigger.kind === 'cron' ? trigger.lookbackHours : 0))
  return oldestNs !== null && oldestNs < startedNs - BigInt(Math.max(...hours)) * 3_600_000_000_000n
}
