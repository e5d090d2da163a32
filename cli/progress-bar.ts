import cliProgress from 'cli-progress'
import type { Progress } from './ready-line.ts'

export interface ProgressBar {
  show(progress: Progress): void
  /** Takes the bar away; nothing when none is shown. */
  end(): void
}

/** A bar on standard error while something long goes on; nothing where no person watches. */
export function progressBar(options: { readonly quiet: boolean }): ProgressBar {
  if (options.quiet || !process.stderr.isTTY) return { show() {}, end() {} }
  let bar: cliProgress.SingleBar | null = null
  const end = (): void => {
    bar?.stop()
    bar = null
  }
  return {
    show({ done, total, message }) {
      if (bar === null) {
        if (done >= total) return
        bar = new cliProgress.SingleBar({
          format: ' {bar} {percentage} %  {message}',
          barCompleteChar: '█',
          barIncompleteChar: '░',
          hideCursor: true,
          clearOnComplete: true,
          stream: process.stderr,
        })
        bar.start(total, done, { message })
      }
      bar.setTotal(total)
      bar.update(done, { message })
      if (done >= total) end()
    },
    end,
  }
}
