import type { Arguments } from '../arguments.ts'
import { Column } from '../column.ts'
import { FluxError } from '../errors.ts'
import { callUniverse } from '../packages/call-universe.ts'
import { makeStream, type TableStream } from '../stream.ts'
import type { Table } from '../table.ts'
import { FluxArray, FluxRecord, type Value } from '../values.ts'
import { oneRow } from './aggregate.ts'
import { type CallContext, define } from './define.ts'

/** Covariance with n − 1 below, or Pearson's r, over the rows where neither column has a gap; NaN for fewer than two such rows. */
export const covariance = define({
  package: '',
  name: 'covariance',
  parameters: [
    { name: 'tables', pipe: true },
    { name: 'columns', required: true },
    { name: 'pearsonr' },
    { name: 'valueDst' },
  ],
  call: (args, context) => {
    const input = args.stream()
    const labels = args.strings('columns')
    const normalised = args.optional('pearsonr', args.bool) ?? false
    const valueDst = args.optional('valueDst', args.string) ?? '_value'
    const [x, y] = labels
    if (x === undefined || y === undefined || labels.length !== 2)
      throw new FluxError('invalid', 'must provide exactly two columns')
    return makeStream(context, 'covariance', function* () {
      for (const table of input.tables()) {
        const value = covarianceOf(floats(table, x, y), floats(table, y, x), normalised)
        yield oneRow(table, [Column.constant(valueDst, 'float', value, 1)])
      }
    })
  },
})

function floats(table: Table, label: string, other: string): Column {
  const column = table.column(label)
  if (column === undefined) throw new FluxError('invalid', `specified column does not exist in table: ${label}`)
  const type = table.column(other)?.type
  if (type !== undefined && type !== column.type)
    throw new FluxError('invalid', 'cannot compute the covariance between different types')
  if (column.type !== 'float') throw new FluxError('invalid', `covariance does not support ${column.type}`)
  return column
}

function covarianceOf(x: Column, y: Column, normalised: boolean): number {
  const xs = x.data as Float64Array
  const ys = y.data as Float64Array
  let n = 0
  let meanX = 0
  let meanY = 0
  let m2x = 0
  let m2y = 0
  let cxy = 0
  for (let i = 0; i < xs.length; i++) {
    if (x.nulls?.[i] === 1 || y.nulls?.[i] === 1) continue
    n++
    const dx = xs[i]! - meanX
    const dy = ys[i]! - meanY
    meanX += dx / n
    meanY += dy / n
    m2x += dx * (xs[i]! - meanX)
    m2y += dy * (ys[i]! - meanY)
    cxy += dx * (ys[i]! - meanY)
  }
  if (n < 2) return Number.NaN
  return normalised ? cxy / Math.sqrt(m2x * m2y) : cxy / (n - 1)
}

/** Two streams joined, and the covariance of their values. */
function ofJoined(args: Arguments, pearsonr: boolean, context: CallContext): TableStream {
  const tables = new FluxRecord(
    new Map<string, Value>([
      ['x', args.stream('x')],
      ['y', args.stream('y')],
    ]),
  )
  const joined = callUniverse('join', args.stream('x'), { tables, on: args.array('on') }, context)
  const columns = new FluxArray(['_value_x', '_value_y'])
  return callUniverse('covariance', joined, { columns, pearsonr }, context)
}

const twoStreams = [
  { name: 'x', required: true },
  { name: 'y', required: true },
  { name: 'on', required: true },
]

export const cov = define({
  package: '',
  name: 'cov',
  parameters: [...twoStreams, { name: 'pearsonr' }],
  call: (args, context) => ofJoined(args, args.optional('pearsonr', args.bool) ?? false, context),
})

export const pearsonr = define({
  package: '',
  name: 'pearsonr',
  parameters: twoStreams,
  call: (args, context) => ofJoined(args, true, context),
})
