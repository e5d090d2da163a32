import { RE2JS } from 're2js'

/** A Flux regular expression: RE2 dialect, linear time. Results are cached per subject, since subjects are mostly tag values. */
export class Regex {
  readonly #compiled: RE2JS
  readonly #known = new Map<string, boolean>()

  /** @throws RE2JSSyntaxException when the pattern is no RE2 */
  constructor(readonly source: string) {
    this.#compiled = RE2JS.compile(source)
  }

  /** Whether the pattern is found anywhere in the text. */
  test(text: string): boolean {
    let found = this.#known.get(text)
    if (found === undefined) {
      found = this.#compiled.matcher(text).find()
      if (this.#known.size > 10_000) this.#known.clear()
      this.#known.set(text, found)
    }
    return found
  }

  get compiled(): RE2JS {
    return this.#compiled
  }
}
