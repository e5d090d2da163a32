import type { FieldValue, Point } from './decode.ts'

const escapeName = (text: string): string => text.replace(/[,= ]/g, '\\$&')
const escapeFieldName = (text: string): string => text.replace(/[,= "]/g, '\\$&')
const escapeMeasurement = (text: string): string => text.replace(/[, ]/g, '\\$&')

/** A float without exponent surprises: JavaScript's shortest form is what InfluxDB reads. */
const formatFloat = (value: number): string => {
  if (!Number.isFinite(value)) throw new RangeError(`line protocol has no ${value}`)
  return Object.is(value, -0) ? '-0' : String(value)
}

export function formatField(value: FieldValue): string {
  switch (typeof value) {
    case 'number':
      return formatFloat(value)
    case 'bigint':
      return `${value}i`
    case 'boolean':
      return value ? 'true' : 'false'
    case 'string':
      return `"${value.replace(/["\\]/g, '\\$&')}"`
    default:
      return `${value.uint}u`
  }
}

/**
 * One line without its line end.
 * @param time in the request's units; left out, the server stamps the point
 * @throws RangeError for what line protocol cannot hold: no field, NaN, an infinity, an empty name or tag value, a line end in a name, a
 * tab or zero where it would be lost, a backslash where it would escape what follows
 */
export function formatLine(point: Omit<Point, 'timeNs'>, time?: bigint): string {
  checkStart('measurement', point.measurement)
  let line = escapeMeasurement(checked('measurement', point.measurement))
  for (const [name, value] of point.tags)
    line += `,${escapeName(checked('tag', name))}=${escapeName(checked(`tag ${name}`, value))}`
  if (point.fields.length === 0) throw new RangeError(`a point of ${point.measurement} has no field`)
  checkStart('field', point.fields[0]![0])
  let separator = ' '
  for (const [name, value] of point.fields) {
    if (/\\[,= ]/.test(name))
      throw new RangeError(
        `field ${JSON.stringify(name)} has a backslash before a comma, blank or =: no line can hold that`,
      )
    line += `${separator}${escapeFieldName(checked('field', name))}=${formatField(value)}`
    separator = ','
  }
  return time === undefined ? line : `${line} ${time}`
}

/** A point with its time in nanoseconds. @throws as `formatLine` */
export const formatPoint = (point: Point): string => formatLine(point, point.timeNs)

/** Tabs and zeros before a measurement and before the first field are passed over by who reads the line. */
function checkStart(what: string, text: string): void {
  if (/^[\t\0]/.test(text))
    throw new RangeError(`${what} ${JSON.stringify(text)} begins with a tab or zero, which would be lost`)
}

function checked(what: string, text: string): string {
  if (text === '') throw new RangeError(`line protocol has no empty ${what}`)
  if (/[\n\r]/.test(text)) throw new RangeError(`${what} ${JSON.stringify(text)} holds a line end`)
  if (text.endsWith('\\'))
    throw new RangeError(`${what} ${JSON.stringify(text)} ends with a backslash, which would escape what follows`)
  return text
}
