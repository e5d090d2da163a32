/** Names that more than one column of a header has, each with the numbers of its columns, from 1. */
export function repeatedNames(header: readonly string[]): ReadonlyMap<string, readonly number[]> {
  const columns = new Map<string, number[]>()
  header.forEach((name, at) => {
    const known = columns.get(name)
    if (known === undefined) columns.set(name, [at + 1])
    else known.push(at + 1)
  })
  return new Map([...columns].filter(([, numbers]) => numbers.length > 1))
}

/** `columns 2, 3 and 5`. @param columns two of them or more */
export const theColumns = (columns: readonly number[]): string =>
  `columns ${columns.slice(0, -1).join(', ')} and ${columns.at(-1)}`

/** `columns 2 and 4 are both called "a"` */
export const calledAlike = (name: string, columns: readonly number[]): string =>
  `${theColumns(columns)} are ${columns.length === 2 ? 'both' : 'all'} called ${quoted(name)}`

const shownMax = 60
/** A cell as it is shown in a message: on one line, and not all of a long one. */
export const quoted = (text: string): string =>
  JSON.stringify(text.length > shownMax ? `${text.slice(0, shownMax)}…` : text).replace(
    /[\x7f-\x9f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
