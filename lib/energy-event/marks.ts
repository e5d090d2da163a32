/** `1,753` is 1.753 to one sensor and 1753 to another; `0,753` and `1753,5` are plain. */
const twofold = /^[+-]?[1-9]\d{0,2}([.,])\d{3}(?!\d)/
const decimal = /^[+-]?\d*([.,])\d/

/** Values that may well be beyond a thousand: a comma in them may group digits. */
const large: ReadonlySet<string> = new Set(['activePowerW', 'reactivePowerVar', 'apparentPowerVa', 'fftRe', 'fftIm'])

/** What the numbers of one event tell of its commas and points: whether they are decimal or group digits. */
export class Marks<Place> {
  readonly #decimal = new Set<string>()
  /** Of each mark the first value in which it may group digits. */
  readonly #twofold = new Map<string, { readonly text: string; readonly place: Place }>()

  /** @param name of the field */
  note(name: string, text: string, place: Place): void {
    // The phase does not count: sensors send it with a comma where all else has points.
    const mark = name === 'phaseRad' ? undefined : decimal.exec(text)?.[1]
    if (mark === undefined) return
    if (!twofold.test(text)) this.#decimal.add(mark)
    else if (large.has(name) && !this.#twofold.has(mark)) this.#twofold.set(mark, { text, place })
  }

  /**
   * A comma is decimal where another value of the event says so; a point is, unless the event's decimals have commas.
   * @returns the value that may be two numbers a thousand times apart, and why; null when there is none
   */
  unclear(): { readonly place: Place; readonly reason: string } | null {
    const commas = this.#decimal.has(',')
    const points = this.#decimal.has('.')
    const found = commas ? (points ? undefined : this.#twofold.get('.')) : this.#twofold.get(',')
    if (found === undefined) return null
    const { text, place } = found
    const number = /^[+\-\d.,]+/.exec(text)![0]
    return {
      place,
      reason: `"${text}" may be ${number.replace(/[.,]/, '')} or ${number.replace(',', '.')}: send it without a separator of thousands`,
    }
  }
}
