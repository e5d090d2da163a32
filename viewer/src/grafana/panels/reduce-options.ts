import type { ReduceDataOptions } from '@grafana/data'

export type ReduceOptions = Partial<ReduceDataOptions>

/** How a panel makes one value of many, with Grafana's defaults. */
export const reduceOptionsOf = (options: ReduceOptions | undefined): ReduceDataOptions => ({
  values: false,
  calcs: ['lastNotNull'],
  fields: '',
  ...options,
})
