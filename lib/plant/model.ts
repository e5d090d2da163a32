import { z } from 'zod'
import { parseDuration } from '../time/duration.ts'

/** Ids go into tags, addresses and file names: letters, digits, dot, dash and underscore. */
const id = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    'must be 1 to 64 letters, digits, ".", "-" or "_", beginning with a letter or digit',
  )
const name = z.string().trim().min(1, 'must not be empty')

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
export type Weekday = (typeof weekdays)[number]
const days = z.array(z.enum(weekdays, `must be one of ${weekdays.join(', ')}`)).min(1, 'must name at least one day')

const clockTime = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day from "00:00" to "23:59", in quotes')

const isDate = (text: string): boolean => {
  const date = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().slice(0, 10) === text
}
const date = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/, 'must be a date such as 2026-12-25')
  .refine(isDate, 'is no day of the calendar')
const localTime = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d$/, 'must be a local time such as 2026-08-03T06:00, without a zone')
  .refine((text) => isDate(text.slice(0, 10)), 'is no day of the calendar')

const timeZone = z.string().refine((zone) => {
  // An offset such as +02:00 knows no summer time; Intl takes it in some versions of Node and not in others.
  if (!/^[A-Za-z]/.test(zone)) return false
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}, 'is no time zone of the IANA list, such as Europe/Berlin')

/** Either a fixed length of time between readings, or `on change`: silence then means "still the same". */
const every = z
  .string()
  .refine((text) => {
    if (text === 'on change') return true
    const duration = parseDuration(text)
    return duration !== null && duration.months === 0n && duration.ns > 0n
  }, 'must be a length of time such as 5s or 1m, or "on change"')
  .transform((text) => (text === 'on change' ? null : Number(parseDuration(text)!.ns / 1_000_000n)))

const sensorBase = {
  id,
  measurement: z.string().regex(/^[A-Za-z][A-Za-z0-9_]*$/, 'must be the name of a measurement, such as temperature'),
  name,
  every,
}
const gauge = z.strictObject({
  ...sensorBase,
  kind: z.literal('gauge'),
  unit: z.string(),
  range: z
    .tuple([z.number(), z.number()])
    .refine(([low, high]) => low < high, 'must go from a smaller to a larger number')
    .optional(),
})
const counter = z.strictObject({
  ...sensorBase,
  kind: z.literal('counter'),
  unit: z.string(),
  rollover: z.number().int().positive().optional(),
})
const state = z.strictObject({
  ...sensorBase,
  kind: z.literal('state'),
  states: z.record(z.string().regex(/^-?\d+$/, 'must be a whole number'), name),
})
const sensor = z.discriminatedUnion('kind', [gauge, counter, state], 'must be gauge, counter or state')

const machine = z.strictObject({ id, name, sensors: z.array(sensor).default([]) })
const line = z.strictObject({ id, name, machines: z.array(machine).min(1, 'must have at least one machine') })
const room = z.strictObject({ id, name, sensor: id })

const shift = z
  .strictObject({ id, name, from: clockTime, to: clockTime, days })
  .refine(({ from, to }) => from !== to, 'must not begin and end at the same time of day')

const stopOn = { name, lines: z.array(id).optional(), machines: z.array(id).optional() }
const plannedStop = z.union([
  z
    .strictObject({ ...stopOn, from: clockTime, to: clockTime, days })
    .refine(({ from, to }) => from !== to, 'must not begin and end at the same time of day'),
  z
    .strictObject({ ...stopOn, from: localTime, to: localTime })
    .refine(({ from, to }) => from < to, 'must end after it begins'),
])

const site = z.strictObject({
  id,
  name,
  timeZone,
  currency: z.string().regex(/^[A-Z]{3}$/, 'must be a currency code of three capitals, such as EUR'),
  /** Per kWh, in the site's currency. */
  energyPrice: z.number().nonnegative('must not be below 0'),
  shifts: z.array(shift).default([]),
  holidays: z.array(z.strictObject({ date, name })).default([]),
  plannedStops: z.array(plannedStop).default([]),
  lines: z.array(line).default([]),
  rooms: z.array(room).default([]),
})

export const plantSchema = z.strictObject({
  version: z.literal(1, 'must be 1, the only version there is'),
  name,
  sites: z.array(site).min(1, 'must have at least one site'),
})

export type Plant = z.output<typeof plantSchema>
export type Site = Plant['sites'][number]
export type Line = Site['lines'][number]
export type Machine = Line['machines'][number]
/** What no program can guess about a sensor. `every` is the expected milliseconds between readings, or null for "on change". */
export type Sensor = Machine['sensors'][number]
export type Shift = Site['shifts'][number]
export type PlannedStop = Site['plannedStops'][number]
export type Room = Site['rooms'][number]
