import type { Regex } from '../../regex.ts'

/** One match, its ends in UTF-16 units. */
export interface Match {
  readonly start: number
  readonly end: number
  /** By number or name; '' for a group that took no part, or that there is not. */
  readonly group: (name: string) => string
}

/** The first `max` matches, as Go finds them: none that is empty right behind the match before. */
export function matches(regex: Regex, text: string, max = Number.POSITIVE_INFINITY): Match[] {
  const found: Match[] = []
  const matcher = regex.compiled.matcher(text)
  const names = regex.compiled.namedGroups()
  let last = -1
  while (found.length < max && matcher.find()) {
    const start = matcher.start()
    const end = matcher.end()
    if (start === end && start === last) continue
    last = end
    const groups: (string | null)[] = []
    for (let i = 0; i <= matcher.groupCount(); i++) groups.push(matcher.group(i))
    found.push({
      start,
      end,
      group: (name) => groups[/^\d+$/.test(name) ? Number(name) : (names[name] ?? -1)] ?? '',
    })
  }
  return found
}

/** Go's ReplaceAllString: `$1`, `$name` (as long as letters, digits and `_` go) and `${name}` stand for groups, `$$` for `$`. */
export function replaceAll(regex: Regex, text: string, template: string): string {
  let result = ''
  let from = 0
  for (const match of matches(regex, text)) {
    result += text.slice(from, match.start) + expand(template, match)
    from = match.end
  }
  return result + text.slice(from)
}

const expand = (template: string, { group }: Match): string =>
  template.replace(/\$(?:\$|([\p{L}\p{Nd}_]+)|\{([\p{L}\p{Nd}_]+)\})/gu, (whole, plain?: string, braced?: string) =>
    whole === '$$' ? '$' : group(plain ?? braced ?? ''),
  )

/** Go's Split: at most `n` parts, all when n is negative, none when it is 0. */
export function splitBy(regex: Regex, text: string, n: number): string[] {
  if (n === 0) return []
  if (regex.source !== '' && text === '') return ['']
  const parts: string[] = []
  let begin = 0
  let end = 0
  for (const match of matches(regex, text, n > 0 ? n : undefined)) {
    if (n > 0 && parts.length === n - 1) break
    end = match.start
    if (match.end !== 0) parts.push(text.slice(begin, end))
    begin = match.end
  }
  if (end !== text.length) parts.push(text.slice(begin))
  return parts
}
