import type { Constant } from '../../universe/define.ts'

const weekDays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

/** Sunday is 0, January 1. */
export const dateConstants: readonly Constant[] = [
  ...weekDays.map((name, i) => ({ package: 'date', name, value: BigInt(i) })),
  ...months.map((name, i) => ({ package: 'date', name, value: BigInt(i + 1) })),
]
