import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { sharedPath } from '../../test/support/shared.ts'
import { moments } from './moments.ts'
import { mergeMoments, noMoments, partialMoments } from './partial-moments.ts'
import { type QuantileMethod, quantile, quantileMethods, sortedValues } from './quantile.ts'
import {
  iqrOfSorted,
  madOfSorted,
  madToSd,
  medianOfSorted,
  trimmedMeanOfSorted,
  winsorizedMeanOfSorted,
} from './robust.ts'
import { autocorrelation1, lMoments, medcouple, qn } from './shape.ts'

/** Reference values of NumPy, SciPy, pandas and statsmodels, and the tolerance that they come with. */
interface GoldenSet {
  readonly name: string
  readonly values: readonly (number | null)[]
  readonly count: number
  readonly [figure: string]: unknown
  readonly quantiles?: Readonly<Record<QuantileMethod, readonly (number | null)[]>>
  readonly lMoments?: Readonly<Record<'l1' | 'l2' | 't3' | 't4', number | null>> | null
}

const momentsFile = sharedPath('golden', 'moments.json')
const mergeFile = sharedPath('golden', 'moments-merge.json')
const golden = (path: string | null) => (path === null ? null : JSON.parse(readFileSync(path, 'utf8')))
const file = golden(momentsFile) as {
  quantileProbabilities: number[]
  quantileMethods: string[]
  sets: GoldenSet[]
} | null

const asValues = (values: readonly (number | null)[]): Float64Array =>
  Float64Array.from(values, (value) => value ?? Number.NaN)

/** Absolute slack: figures that cancel to nearly nothing are compared on the scale of what was cancelled. */
function close(actual: number, expected: unknown, relative: number, scale: number, what: string): void {
  if (expected === null || expected === undefined) {
    expect(actual, what).toBeNaN()
    return
  }
  const wanted = expected as number
  const slack = relative * Math.max(Math.abs(wanted), scale)
  expect(Math.abs(actual - wanted), `${what}: ${actual} for ${wanted}`).toBeLessThanOrEqual(slack)
}

describe.skipIf(file === null)('figures agree with the reference implementations (../shared/golden)', () => {
  test('the file has the methods that are here', () => {
    expect([...file!.quantileMethods].sort()).toEqual([...quantileMethods].sort())
  })

  test.each((file?.sets ?? []).map((set) => [set.name, set] as const))('%s', (name, set) => {
    const values = asValues(set.values)
    const sorted = sortedValues(values)
    const all = moments(values)
    const sd = Number.isFinite(all.sd) ? all.sd : 0
    const tight = 1e-9
    const loose = name === 'large-offset-100' ? 1e-5 : tight
    expect(all.count).toBe(set.count)
    expect(sorted).toHaveLength(set.count)
    if (set.count === 0) {
      for (const figure of [all.mean, all.sd, all.skewness, all.kurtosis, all.min, all.max, quantile(sorted, 0.5)])
        expect(figure).toBeNaN()
      return
    }
    close(all.mean, set['mean'], tight, sd, 'mean')
    // Equal values have no spread here; the reference's is the rounding of its mean, of the order ε² · mean².
    const rounding = Math.abs(all.mean) * Number.EPSILON
    close(all.variance, set['var1'], tight, rounding ** 2 / tight, 'variance')
    close(all.sd, set['std1'], tight, rounding / tight, 'sd')
    expect([all.min, all.max]).toEqual([set['min'], set['max']])
    close(all.skewness, set['skewUnbiased'], loose, 1, 'skewness')
    close(all.kurtosis, set['kurtUnbiased'], loose, 1, 'kurtosis')
    close(medianOfSorted(sorted), set['median'], tight, 0, 'median')
    close(madOfSorted(sorted), set['mad'], tight, 0, 'MAD')
    close(madOfSorted(sorted) * madToSd, set['madNormal'], tight, 0, 'scaled MAD')
    close(iqrOfSorted(sorted), set['iqr'], tight, 0, 'IQR')
    if ('trimmedMean10' in set) close(trimmedMeanOfSorted(sorted, 0.1), set['trimmedMean10'], tight, sd, 'trimmed mean')
    if ('winsorizedMean10' in set)
      close(winsorizedMeanOfSorted(sorted, 0.1), set['winsorizedMean10'], tight, sd, 'winsorised mean')
    if ('qnScale' in set) close(qn(sorted), set['qnScale'], tight, 0, 'Qn')
    if ('medcouple' in set) close(medcouple(sorted), set['medcouple'], tight, 1, 'medcouple')
    if ('autocorr1' in set) close(autocorrelation1(values), set['autocorr1'], tight, 1, 'autocorrelation')
    if (set.lMoments != null)
      for (const [figure, wanted] of Object.entries(set.lMoments))
        close(lMoments(sorted)[figure as 'l1'], wanted, loose, figure === 'l1' ? sd : 1, figure)
    for (const [method, wanted] of Object.entries(set.quantiles ?? {}))
      for (const [i, p] of file!.quantileProbabilities.entries())
        close(quantile(sorted, p, method as QuantileMethod), wanted[i], tight, 0, `${method} at ${p}`)
  })
})

test.skipIf(mergeFile === null)(
  'moments of parts, merged, are the moments of the whole (../shared/golden)',
  async () => {
    const { parts, total } = golden(mergeFile) as {
      parts: (number | null)[][]
      total: Record<string, number>
    }
    const { momentsOf } = await import('./moments.ts')
    const merged = momentsOf(parts.map((part) => partialMoments(asValues(part))).reduce(mergeMoments, noMoments))
    expect(merged.count).toBe(total['count'])
    close(merged.mean, total['mean'], 1e-9, 0, 'mean')
    close(merged.variance, total['var1'], 1e-9, 0, 'variance')
    close(merged.skewness, total['skewUnbiased'], 1e-9, 0, 'skewness')
    close(merged.kurtosis, total['kurtUnbiased'], 1e-9, 0, 'kurtosis')
    expect([merged.min, merged.max]).toEqual([total['min'], total['max']])
  },
)
