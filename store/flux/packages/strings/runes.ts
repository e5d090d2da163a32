/** Text as Go handles it: code points, simple case mappings (one for one), and positions in UTF-8 bytes. */

export const runes = (text: string): string[] => [...text]

const single = (mapped: string, original: string): string => ([...mapped].length === 1 ? mapped : original)

/** Greek letters with iota subscript: their one-letter upper case, which Unicode's full mapping spells out in two letters. */
function greekUpper(rune: string): string {
  const code = rune.codePointAt(0)!
  if (code >= 0x1f80 && code <= 0x1faf) return (code & 8) === 0 ? String.fromCodePoint(code + 8) : rune
  if (code === 0x1fb3 || code === 0x1fc3 || code === 0x1ff3) return String.fromCodePoint(code + 9)
  return rune
}

export const upperRune = (rune: string): string => single(rune.toUpperCase(), greekUpper(rune))
/** U+0130 is the one letter whose lower case is two code points; the first of them is its simple mapping. */
export const lowerRune = (rune: string): string => [...rune.toLowerCase()][0] ?? rune

/** Digraphs have a title case of their own; Georgian letters are their own title case. */
export function titleRune(rune: string): string {
  const code = rune.codePointAt(0)!
  if (code >= 0x01c4 && code <= 0x01cc) return String.fromCodePoint(0x01c5 + 3 * Math.floor((code - 0x01c4) / 3))
  if (code >= 0x01f1 && code <= 0x01f3) return '\u01f2'
  if (code >= 0x10d0 && code <= 0x10ff) return rune
  return upperRune(rune)
}

/** One spelling for runes that differ only in case; the dotted and the dotless I of Turkish stand alone. */
export const foldRune = (rune: string): string =>
  rune === '\u0130' || rune === '\u0131' ? rune : lowerRune(upperRune(rune))

/** Go's unicode.IsSpace. */
export const spaces = '\\t\\n\\v\\f\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000'
const space = new RegExp(`[${spaces}]`)

/** Go's strings.Title: the first letter of every word; letters, digits and `_` make words. */
export function titleCase(text: string): string {
  let before = ' '
  let result = ''
  for (const rune of text) {
    result += isSeparator(before) ? titleRune(rune) : rune
    before = rune
  }
  return result
}

function isSeparator(rune: string): boolean {
  if (rune.codePointAt(0)! <= 0x7f) return !/[0-9A-Za-z_]/.test(rune)
  if (/[\p{L}\p{Nd}]/u.test(rune)) return false
  return space.test(rune)
}

/** The position in UTF-8 bytes of a position in UTF-16 units; −1 stays. */
export const byteIndex = (text: string, index: number): number =>
  index === -1 ? -1 : Buffer.byteLength(text.slice(0, index), 'utf8')
