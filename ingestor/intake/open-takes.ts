/** Batches that began before somebody asked when they will all be in the log. */
export class OpenTakes {
  count = 0
  #closed = false
  #end: () => void = () => {}
  readonly ended: Promise<void>

  constructor(before: Promise<void>) {
    const own = new Promise<void>((resolve) => {
      this.#end = resolve
    })
    this.ended = before.then(() => own)
  }

  leave(): void {
    if (--this.count === 0 && this.#closed) this.#end()
  }

  close(): void {
    this.#closed = true
    if (this.count === 0) this.#end()
  }
}
