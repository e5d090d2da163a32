import { Duration } from '../../../lib/time/duration.ts'
import type { Constant } from './define.ts'

/** The longest duration: `window(every: inf)` is the whole range. */
export const infinity = new Duration(0n, 2n ** 63n - 1n)

/** Values of the universe. */
export const universeConstants: readonly Constant[] = [{ package: '', name: 'inf', value: infinity }]
