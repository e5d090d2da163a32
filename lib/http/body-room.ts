/** Bodies up to this size need no room: those of thousands of small senders are not refused because of a few large ones. */
export const roomlessBytes = 16 << 10

/** Memory that request bodies may take until they are on disk, over all connections together. One alone may have any size. */
export class BodyRoom {
  #bytes = 0
  #refused = 0

  /** @param onRefused told of each body that found no room */
  constructor(
    readonly bytesMax: number,
    readonly onRefused: () => void = () => {},
  ) {}

  get bytes(): number {
    return this.#bytes
  }
  /** Bodies that found no room. */
  get refused(): number {
    return this.#refused
  }

  /** @returns false when there is not so much left; then nothing is taken */
  take(bytes: number): boolean {
    if (this.#bytes + bytes <= this.bytesMax || this.#bytes === 0) {
      this.#bytes += bytes
      return true
    }
    this.#refused++
    this.onRefused()
    return false
  }

  give(bytes: number): void {
    this.#bytes -= bytes
  }
}

/** For servers that set no bound. */
export const endlessRoom = new BodyRoom(Number.POSITIVE_INFINITY)
