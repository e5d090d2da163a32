import { runes } from './runes.ts'

/**
 * Go's strings.SplitN and SplitAfterN: at most `n` parts, the last one the rest; all when n is negative, none when it is 0.
 * An empty separator splits into code points.
 */
export function split(text: string, separator: string, n = -1, keepSeparator = false): string[] {
  if (n === 0) return []
  if (separator === '') {
    const parts = runes(text)
    return n < 0 || parts.length <= n ? parts : [...parts.slice(0, n - 1), parts.slice(n - 1).join('')]
  }
  const parts: string[] = []
  let from = 0
  while (n < 0 || parts.length < n - 1) {
    const at = text.indexOf(separator, from)
    if (at === -1) break
    parts.push(text.slice(from, keepSeparator ? at + separator.length : at))
    from = at + separator.length
  }
  parts.push(text.slice(from))
  return parts
}

/** Go's strings.Replace: the first `n` occurrences, all when n is negative. An empty `old` stands before each code point and at the end. */
export function replace(text: string, old: string, by: string, n: number): string {
  if (old !== '') return split(text, old, n < 0 ? -1 : n + 1).join(by)
  let left = n < 0 ? Number.POSITIVE_INFINITY : n
  let result = ''
  for (const rune of text) result += (left-- > 0 ? by : '') + rune
  return left > 0 ? result + by : result
}

/** Go's strings.Count: without overlaps; an empty text stands before each code point and at the end. */
export const count = (text: string, part: string): number =>
  part === '' ? runes(text).length + 1 : text.split(part).length - 1
