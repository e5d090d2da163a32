import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { definitionOf, measurementNames } from '../../lib/schema/measurements.ts'
import { precisions } from '../accepted-write.ts'
import { refused } from './schemas.ts'

type Registry = OpenAPIHono['openAPIRegistry']

const text = (schema: Readonly<Record<string, unknown>> = {}) => ({ type: 'string', ...schema }) as const
const parameter = (name: string, description: string, more: Readonly<Record<string, unknown>> = {}) => ({
  name,
  in: 'query' as const,
  description,
  schema: text(),
  ...more,
})
const gzip = {
  name: 'Content-Encoding',
  in: 'header' as const,
  description: '`gzip` is undone after the token was checked',
  schema: text({ enum: ['gzip', 'identity'] }),
}
const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header' as const,
  description:
    'names the request: sent again under the same name it is acknowledged and not stored twice; another request under that name is answered 422 (conflict)',
  schema: text({ maxLength: 255 }),
}
const org = parameter('org', 'the organization by name or id')
const bucket = parameter('bucket', 'the bucket by name or id; without it the raw bucket')

const lineError = z
  .object({
    line: z.int().optional().openapi({ description: 'from 1, blank lines and comments counted' }),
    offset: z.int().optional().openapi({ description: 'bytes before the line in the body, gzip undone' }),
    index: z.int().optional().openapi({ description: 'in place of line and offset: place in a JSON list, from 0' }),
    reason: z.string(),
  })
  .openapi('LineError')
const writeRefused = z
  .object({
    code: z.string(),
    message: z.string(),
    line_errors: z.array(lineError).optional().openapi({ description: 'the first bad ones, up to `line_errors_max`' }),
    bad_lines: z.int().optional().openapi({ description: 'lines or events that lie in the dead letters' }),
    good_lines: z.int().optional().openapi({ description: 'lines or events that are stored' }),
  })
  .openapi('WriteRefused')
const bad = (description: string) => ({ description, content: { 'application/json': { schema: writeRefused } } })

const answers = {
  204: { description: 'every line is valid and on disk; it is delivered to the store by itself' },
  400: bad('nothing was stored: no line is good, or the request itself is wrong'),
  401: refused,
  403: { ...refused, description: 'the token may not write into this bucket' },
  404: { ...refused, description: 'organization or bucket is not there' },
  405: { ...refused, description: 'anything but POST' },
  413: { ...refused, description: 'the body is larger than the limits, as it was sent or after gzip is undone' },
  422: bad('some lines were not stored and lie in the dead letters; the others are on disk. Send no other again'),
  503: { ...refused, description: 'nothing was acknowledged: send the same again' },
}
const lines = {
  required: true,
  content: {
    'text/plain': {
      schema: text(),
      example: 'temperature,machine=press-1,sensor=oil value=71.5 1767225600000000000',
    },
  },
}
const wanted = { required: true }

/** Describes the addresses that data comes in by: they are answered past the router. */
export function describeWrites(registry: Registry): void {
  registry.registerPath({
    method: 'post',
    path: '/api/v2/write',
    tags: ['write'],
    summary: 'Line protocol, as InfluxDB 2 takes it',
    description: 'A bad line does not sink its neighbours. A line without a time gets that of its arrival.',
    parameters: [
      { ...org, ...wanted, description: 'the organization by name or id; or `orgID`' },
      { ...bucket, ...wanted, description: 'the bucket by name or id' },
      parameter('precision', 'unit of the times', { schema: text({ enum: [...precisions], default: 'ns' }) }),
      gzip,
      idempotencyKey,
    ],
    requestBody: lines,
    responses: answers,
  } as never)
  registry.registerPath({
    method: 'post',
    path: '/write',
    tags: ['write'],
    summary: 'Line protocol, as InfluxDB 1.x takes it',
    description:
      'The token may also come as `Token user:…`, Basic `user:token`, or the parameters `u` and `p`; `Bearer` is not taken.',
    parameters: [
      parameter('db', 'the bucket', wanted),
      parameter('rp', 'policy `y` of database `x` is bucket `x/y`'),
      parameter('precision', 'unit of the times; anything unknown counts as ns', {
        schema: text({ enum: [...precisions], default: 'ns' }),
      }),
      gzip,
      idempotencyKey,
    ],
    requestBody: lines,
    responses: answers,
  } as never)
  registry.registerPath({
    method: 'post',
    path: '/api/v1/events/energy',
    tags: ['events'],
    summary: 'Events of energy sensors, as they send them',
    description:
      'One event a line. Misspelt keys, a decimal comma, units or none, any number of peaks and harmonics and unpadded dates are understood; ' +
      'unknown keys are kept. Each event is one point of `energy_event` with its sensor as the tag `sensor`; events of one sensor and one time ' +
      'stand at the nanoseconds after it, in order of arrival.',
    parameters: [
      org,
      bucket,
      parameter('machine', 'tag of all events of the request'),
      parameter('line', 'tag of all events of the request'),
      parameter('site', 'tag of all events of the request'),
      gzip,
      idempotencyKey,
    ],
    requestBody: {
      required: true,
      content: {
        'text/plain': {
          schema: text(),
          example:
            'Device: ID=1; Fw=16071801; Evt=2; Power: Active=1753W; Line: Current=7.36; UTC Time: 2016-10-4 16:47:50',
        },
        'application/json': {
          schema: {
            anyOf: [
              { type: 'object', required: ['record'], properties: { record: text() } },
              { type: 'object', required: ['records'], properties: { records: { type: 'array', items: text() } } },
            ],
          },
        },
      },
    },
    responses: answers,
  } as never)
  const known = measurementNames.filter((name) => definitionOf(name).kind === 'raw')
  for (const name of known) registry.registerComponent('schemas', `Event_${name}`, eventSchema(name) as never)
  const event = {
    anyOf: [
      ...known.map((name) => ({ $ref: `#/components/schemas/Event_${name}` })),
      { $ref: '#/components/schemas/Event_other' },
    ],
  }
  registry.registerComponent('schemas', 'Event_other', otherEvent as never)
  registry.registerPath({
    method: 'post',
    path: '/api/v1/events',
    tags: ['events'],
    summary: 'Any points as JSON',
    description:
      'One event or a list. The types of fields that are documented below are checked; any other measurement and field is taken, a number as a float. ' +
      'Within a request, events of one measurement, tags and time are points of their own, at the nanoseconds after it, in their order. A time in ' +
      'nanoseconds, or with more than three decimals of a second, is exact: such events are one point, and one that has another value of a field than ' +
      'one before it is refused. Across requests a later point overwrites.',
    parameters: [org, bucket, gzip, idempotencyKey],
    requestBody: {
      required: true,
      content: {
        'application/json': {
          schema: { anyOf: [event, { type: 'array', items: event }] },
          example: {
            measurement: 'temperature',
            tags: { machine: 'press-1', sensor: 'oil' },
            fields: { value: 71.5 },
            time: '2026-03-01T06:00:00Z',
          },
        },
      },
    },
    responses: answers,
  } as never)
}

const time = text({ description: 'RFC 3339 with a zone, or nanoseconds since 1970; without it the time of arrival' })
const jsonType = { float: 'number', integer: 'integer', string: 'string', boolean: 'boolean' } as const

function eventSchema(name: (typeof measurementNames)[number]) {
  const { description, fields, families = {}, tags } = definitionOf(name)
  const field = ({ type, unit, meaning }: (typeof fields)[string]) => ({
    type: jsonType[type],
    description: unit === '' ? meaning : `${meaning}, ${unit}`,
  })
  return {
    type: 'object',
    description,
    required: ['measurement', 'fields'],
    properties: {
      measurement: { const: name },
      tags: {
        type: 'object',
        properties: Object.fromEntries(tags.map((tag) => [tag, text()])),
        additionalProperties: text(),
      },
      fields: {
        type: 'object',
        properties: {
          ...Object.fromEntries(Object.entries(fields).map(([key, definition]) => [key, field(definition)])),
          ...Object.fromEntries(
            Object.entries(families).map(([key, family]) => [
              `${key}_${family.suffix === 'number' ? '1' : 'name'} …`,
              field(family),
            ]),
          ),
        },
        additionalProperties: true,
      },
      time,
    },
  }
}

const otherEvent = {
  type: 'object',
  description: 'a point of any other measurement',
  required: ['measurement', 'fields'],
  properties: {
    measurement: text(),
    tags: { type: 'object', additionalProperties: text() },
    fields: { type: 'object', additionalProperties: { type: ['number', 'string', 'boolean'] } },
    time,
  },
}
