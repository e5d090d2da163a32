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

/** Ids of a plant model need no escaping; names of the demo's own lots and products neither. */
export type SeriesText = (moment: Moment) => string

/**
 * Measurement and tags of one sensor at a moment, tags in the order of their names: with lot, product, operator and order while
 * somebody works at the machine, without them otherwise.
 */
export function seriesText(measurement: string, { site, line, machine }: MachineProfile, sensor: string): SeriesText {
  const idle = `${measurement},line=${line.id},machine=${machine.id},sensor=${sensor},site=${site.id}`
  let lotIndex = Number.NaN
  let operator = ''
  let text = idle
  return ({ manned, lot }) => {
    if (manned === null) return idle
    if (lot.index !== lotIndex || manned.operator !== operator) {
      lotIndex = lot.index
      operator = manned.operator
      text =
        `${measurement},line=${line.id},lot=${lot.name},machine=${machine.id},operator=${operator},` +
        `order=${lot.order},product=${lot.product},sensor=${sensor},site=${site.id}`
    }
    return text
  }
}

/** A float as short as three decimals allow. */
export const floatText = (value: number): string => String(Math.round(value * 1000) / 1000)

const escapeString = (text: string): string => text.replace(/["\\]/g, '\\$&')

/** One field as it stands in a line. */
export const fieldText = ({ name, type, value }: TypedField): string =>
  `${name}=${type === 'integer' ? `${value}i` : type === 'string' ? `"${escapeString(String(value))}"` : String(value)}`
