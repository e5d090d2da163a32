import { type Selector, selectorFunction } from './selector.ts'

export const lastSelector: Selector = {
  name: 'last',
  takes: () => true,
  select: (column, from, to) => {
    for (let i = to - 1; i >= from; i--) if (!column.isNull(i)) return i
    return -1
  },
  selectOfGroup: (times) => {
    if (times.length === 0) return -1
    let chosen = 0
    for (let i = 1; i < times.length; i++) if (times[i]! >= times[chosen]!) chosen = i
    return chosen
  },
}

/** The last row without a gap; on a group of a read the latest, of equal times that of the last series. */
export const last = selectorFunction(lastSelector)
