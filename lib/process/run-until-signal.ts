import { watchParent } from './parent-watch.ts'

/** What ends a service. */
export type EndReason = 'signal' | 'parent gone'

/** The variable by which `up` tells a child that it has a parent to watch. */
export const childVariable = 'PLANTWATCH_CHILD'

/** Nobody is there to read a status: this end cannot hang, as an exit can while a library's threads are at work. */
const killSelf = (): void => void process.kill(process.pid, 'SIGKILL')

/**
 * Waits until the process is asked to end (Ctrl-C, SIGTERM, or its parent is gone), then closes and ends the process with
 * status 0; a close that hangs is cut off after `closeMs`. A second signal ends it at once.
 * @param close gives everything back; it may be called while the service is still starting
 */
export function runUntilSignal(close: (reason: EndReason) => Promise<void>, closeMs = 8_000): void {
  let ending = false
  const end = (reason: EndReason): void => {
    if (ending) {
      if (reason === 'signal') process.exit(0)
      return
    }
    ending = true
    const gone = reason === 'parent gone'
    const cutOff = setTimeout(gone ? killSelf : () => process.exit(0), gone ? Math.min(closeMs, 2_000) : closeMs)
    cutOff.unref()
    close(reason)
      .catch((error: unknown) => console.error(error instanceof Error ? error.message : error))
      .finally(() => (gone ? killSelf() : process.exit(process.exitCode ?? 0)))
  }
  if (process.env[childVariable] === undefined) {
    process.on('SIGINT', () => end('signal'))
  } else {
    // Ctrl-C in a terminal reaches every process of the group: a child waits for its parent's word instead.
    process.on('SIGINT', () => {})
    watchParent(() => end('parent gone'))
  }
  process.on('SIGTERM', () => end('signal'))
  process.on('message', (message) => {
    if (message === 'end') end('signal')
  })
  if (process.platform !== 'win32') process.on('SIGHUP', () => end('signal'))
}
