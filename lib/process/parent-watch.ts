/**
 * Ends a child when its parent is gone, `kill -9` included. Two signs, because each alone can fail: the channel that the
 * parent opened (`fork`) closes, and the parent's process id is no longer ours to have.
 * @param onGone called once; the process must end soon after
 */
export function watchParent(onGone: () => void, everyMs = 500): () => void {
  let told = false
  const parent = process.ppid
  const tell = (): void => {
    if (told) return
    told = true
    stop()
    onGone()
  }
  const check = (): void => {
    if (process.ppid !== parent) tell()
  }
  const timer = setInterval(check, everyMs)
  timer.unref()
  process.on('disconnect', tell)
  const stop = (): void => {
    clearInterval(timer)
    process.off('disconnect', tell)
  }
  // The parent may have ended before we began to watch: then the channel is closed, and no event will come.
  if (process.send !== undefined && !process.connected) setImmediate(tell)
  return stop
}
