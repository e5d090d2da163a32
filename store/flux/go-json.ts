/**
 * Reads the first JSON value of a text, as Go's decoder does for InfluxDB: text after the value is ignored, and what is wrong is
 * told in Go's words, which clients print to their users.
 * @throws SyntaxError `EOF`, `unexpected EOF`, `invalid character 'r' in literal false (expecting 'a')`, …
 */
export function parseGoJson(text: string): unknown {
  return new Reader(text).document()
}

const unexpectedEnd = (): SyntaxError => new SyntaxError('unexpected EOF')
const nestedMax = 10_000

class Reader {
  #at = 0
  #depth = 0

  constructor(readonly text: string) {}

  document(): unknown {
    this.#blanks()
    if (this.#at >= this.text.length) throw new SyntaxError('EOF')
    return this.#value('looking for beginning of value')
  }

  #blanks(): void {
    while (' \t\r\n'.includes(this.text[this.#at] ?? 'x')) this.#at++
  }

  #wrong(where: string): SyntaxError {
    if (this.#at >= this.text.length) return unexpectedEnd()
    const character = String.fromCodePoint(this.text.codePointAt(this.#at)!)
    const shown =
      character === "'" ? `'\\''` : character === '"' ? `'"'` : `'${JSON.stringify(character).slice(1, -1)}'`
    return new SyntaxError(`invalid character ${shown} ${where}`)
  }

  #value(where: string): unknown {
    this.#blanks()
    const c = this.text[this.#at]
    switch (c) {
      case '{':
        return this.#nested(() => this.#object())
      case '[':
        return this.#nested(() => this.#array())
      case '"':
        return this.#string()
      case 't':
        return this.#literal('true', true)
      case 'f':
        return this.#literal('false', false)
      case 'n':
        return this.#literal('null', null)
    }
    if (c !== undefined && (c === '-' || (c >= '0' && c <= '9'))) return this.#number()
    throw this.#wrong(where)
  }

  #nested<T>(read: () => T): T {
    if (++this.#depth > nestedMax) throw new SyntaxError('exceeded max depth')
    const value = read()
    this.#depth--
    return value
  }

  #literal<T>(word: string, value: T): T {
    for (let i = 1; i < word.length; i++) {
      this.#at++
      if (this.text[this.#at] !== word[i]) throw this.#wrong(`in literal ${word} (expecting '${word[i]}')`)
    }
    this.#at++
    return value
  }

  #object(): Record<string, unknown> {
    const object: Record<string, unknown> = Object.create(null)
    this.#at++
    this.#blanks()
    if (this.text[this.#at] === '}') {
      this.#at++
      return object
    }
    for (;;) {
      this.#blanks()
      if (this.text[this.#at] !== '"') throw this.#wrong('looking for beginning of object key string')
      const key = this.#string()
      this.#blanks()
      if (this.text[this.#at] !== ':') throw this.#wrong('after object key')
      this.#at++
      object[key] = this.#value('looking for beginning of value')
      this.#blanks()
      const c = this.text[this.#at]
      if (c !== ',' && c !== '}') throw this.#wrong('after object key:value pair')
      this.#at++
      if (c === '}') return object
    }
  }

  #array(): unknown[] {
    const elements: unknown[] = []
    this.#at++
    this.#blanks()
    if (this.text[this.#at] === ']') {
      this.#at++
      return elements
    }
    for (;;) {
      elements.push(this.#value('looking for beginning of value'))
      this.#blanks()
      const c = this.text[this.#at]
      if (c !== ',' && c !== ']') throw this.#wrong('after array element')
      this.#at++
      if (c === ']') return elements
    }
  }

  #string(): string {
    const start = this.#at++
    for (; ; this.#at++) {
      const c = this.text[this.#at]
      if (c === undefined) throw unexpectedEnd()
      if (c === '"') break
      if (c < ' ') throw this.#wrong('in string literal')
      if (c !== '\\') continue
      this.#at++
      const letter = this.text[this.#at]
      if (letter === undefined) throw unexpectedEnd()
      if (letter === 'u') {
        for (let i = 0; i < 4; i++) {
          this.#at++
          if (!/[0-9a-fA-F]/.test(this.text[this.#at] ?? '')) throw this.#wrong('in \\u hexadecimal character escape')
        }
      } else if (!'"\\/bfnrt'.includes(letter)) throw this.#wrong('in string escape code')
    }
    this.#at++
    return JSON.parse(this.text.slice(start, this.#at)) as string
  }

  #number(): number {
    const start = this.#at
    if (this.text[this.#at] === '-') this.#at++
    if (this.text[this.#at] === '0') this.#at++
    else this.#digits('in numeric literal')
    if (this.text[this.#at] === '.') {
      this.#at++
      this.#digits('after decimal point in numeric literal')
    }
    if (/[eE]/.test(this.text[this.#at] ?? '')) {
      this.#at++
      if (/[+-]/.test(this.text[this.#at] ?? '')) this.#at++
      this.#digits('in exponent of numeric literal')
    }
    return Number(this.text.slice(start, this.#at))
  }

  #digits(where: string): void {
    if (!/\d/.test(this.text[this.#at] ?? '')) throw this.#wrong(where)
    while (/\d/.test(this.text[this.#at] ?? '')) this.#at++
  }
}

/** How Go names the kind of a JSON value. */
export function goKind(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'boolean') return 'bool'
  return typeof value
}
