import type { TypedField } from '../lib/energy-event/fields.ts'
import type { Moment } from './life/machine-life.ts'
import type { MachineProfile } from './life/machine-profile.ts'

/** Lines of line protocol with times in ms, and how much is in them. */
export interface Batch {
  readonly text: string
  readonly lines: number
  /** Field values. */
  readonly values: number
}

/** Gathers lines and hands them out in batches. */
export class LineWriter {
  private text = ''
  private lines = 0
  private values = 0

  get lineCount(): number {
    return this.lines
  }
  /** @param series measurement and tags @param fields as they stand in the line */
  line(series: string, fields: string, ms: number, values = 1): void {
    this.text += `${series} ${fields} ${ms}\n`
    this.lines++
    this.values += values
  }
  take(): Batch {
    const batch = { text: this.text, lines: this.lines, values: this.values }
    this.text = ''
    this.lines = 0
    this.values = 0
    return batch
  }
}

/**
 * Measurement and tags of one sensor, in the order of their names; ids of a plant model need no escaping. Lot, product, operator and
 * order are not among them: the ingestor joins them by the context intervals.
 */
export const seriesText = (measurement: string, { site, line, machine }: MachineProfile, sensor: string): string =>
  `${measurement},line=${line.id},machine=${machine.id},sensor=${sensor},site=${site.id}`

/** What a machine's context said at a moment, as tags that follow a line's own; empty while nobody works at it. */
export const contextText = ({ manned, lot }: Moment): string =>
  manned === null ? '' : `,lot=${lot.name},operator=${manned.operator},order=${lot.order},product=${lot.product}`

/** Whether one interval of context holds at both moments. */
export const sameContext = (a: Moment, b: Moment): boolean =>
  a.manned?.operator === b.manned?.operator && (a.manned === null || a.lot.index === b.lot.index)

/** A float as short as three decimals allow. */
export const floatText = (value: number): string => String(Math.round(value * 1000) / 1000)

const escapeString = (text: string): string => text.replace(/["\\]/g, '\\$&')

/** One field as it stands in a line. */
export const fieldText = ({ name, type, value }: TypedField): string =>
  `${name}=${type === 'integer' ? `${value}i` : type === 'string' ? `"${escapeString(String(value))}"` : String(value)}`
