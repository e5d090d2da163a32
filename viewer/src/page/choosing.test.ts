// @vitest-environment jsdom
import { describe, expect, it } from 'vitest'
import { ageText, freshness } from './age.ts'
import { choose } from './location.ts'
import { lengthMs, rangeIn, refreshIn, showRange } from './time.ts'
import { chosenOf } from './variables.ts'

const machine = {
  type: 'query',
  name: 'machine',
  multi: true,
  includeAll: true,
  allValue: '.*',
  current: { value: '$__all' },
}
const signal = { type: 'query', name: 'signal' }

describe('what is chosen of a variable', () => {
  it('is known at once where the dashboard has a word for all', () => {
    expect(chosenOf(machine, [], undefined)).toEqual({ all: true, values: [] })
    expect(chosenOf({ ...machine, allValue: null }, [], undefined)).toBeNull()
  })

  it('is the first value where nothing is said, once values are known', () => {
    expect(chosenOf(signal, [], undefined)).toBeNull()
    expect(chosenOf(signal, [], ['a', 'b'])).toEqual({ all: false, values: ['a'] })
  })

  it('is what the address says, even where the chosen time has no such value', () => {
    expect(chosenOf(machine, ['x', 'y'], ['a'])).toEqual({ all: false, values: ['x', 'y'] })
    expect(chosenOf(signal, ['x', 'y'], ['a'])).toEqual({ all: false, values: ['x'] })
  })

  it('of a constant is the dashboard’s word', () => {
    expect(chosenOf({ type: 'constant', name: 'site', query: 'hillside' }, ['elsewhere'], undefined)).toEqual({
      all: false,
      values: ['hillside'],
    })
  })
})

describe('time', () => {
  const dashboard = { uid: 'd', title: 'D', time: { from: 'now-24h', to: 'now' }, refresh: '30s' }

  it('is the dashboard’s unless the address says otherwise', () => {
    expect(rangeIn(new URLSearchParams(), dashboard)).toEqual({ from: 'now-24h', to: 'now' })
    expect(rangeIn(new URLSearchParams('from=1000&to=2000'), dashboard)).toEqual({ from: '1000', to: '2000' })
    expect(refreshIn(new URLSearchParams(), dashboard)).toBe('30s')
    expect(refreshIn(new URLSearchParams('refresh='), dashboard)).toBe('')
  })

  it('that was zoomed to stands in the address beside what was chosen, a second long at least', () => {
    choose({ 'var-machine': ['press-1', 'mill-1'], refresh: '5s' })
    showRange(10_000.4, 90_000)
    expect(window.location.search).toBe('?var-machine=press-1&var-machine=mill-1&refresh=5s&from=10000&to=90000')
    showRange(5_000, 5_010)
    expect(new URLSearchParams(window.location.search).get('from')).toBe('4505')
    choose({ from: null, to: null, refresh: null, 'var-machine': null })
    expect(window.location.search).toBe('')
  })

  it('between two questions is read as Grafana writes it', () => {
    expect(['5s', '1m', '2h', '1d', '', 'off', '5x'].map(lengthMs)).toEqual([
      5_000,
      60_000,
      7_200_000,
      86_400_000,
      null,
      null,
      null,
    ])
  })

  it('since the newest reading is told in the largest unit that fits, and judged', () => {
    expect([4_000, 200_000, 3 * 3_600_000, 5 * 86_400_000].map(ageText)).toEqual(['4 s', '3 min', '3 h', '5 days'])
    expect([4_000, 200_000, 3 * 3_600_000].map(freshness)).toEqual(['fresh', 'late', 'stale'])
  })
})
