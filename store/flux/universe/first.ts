import { type Selector, selectorFunction } from './selector.ts'

export const firstSelector: Selector = {
  name: 'first',
  takes: () => true,
  select: (column, from, to) => {
    for (let i = from; i < to; i++) if (!column.isNull(i)) return i
    return -1
  },
  selectOfGroup: (times) => {
    if (times.length === 0) return -1
    let chosen = 0
    for (let i = 1; i < times.length; i++) if (times[i]! < times[chosen]!) chosen = i
    return chosen
  },
}

/** The first row without a gap; on a group of a read the earliest, of equal times that of the first series. */
export const first = selectorFunction(firstSelector)
