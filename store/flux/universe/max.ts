import { isOrdered, type Selector, selectorFunction } from './selector.ts'

/** The first row with the greatest value. */
export const maxSelector: Selector = {
  name: 'max',
  takes: isOrdered,
  select: ({ data, nulls }, from, to) => {
    const cells = data as Float64Array
    let chosen = -1
    for (let i = from; i < to; i++) {
      if (nulls !== null && nulls[i] === 1) continue
      if (chosen === -1 || cells[i]! > cells[chosen]!) chosen = i
    }
    return chosen
  },
}

export const max = selectorFunction(maxSelector)
