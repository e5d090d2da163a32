import { type BucketNames, type BucketRole, bucketNames } from './buckets.ts'
import type { FieldDefinition, MeasurementDefinition } from './define.ts'
import { derivedMeasurements } from './derived.ts'
import { rawMeasurements } from './raw.ts'
import { betweenMeasurements, systemMeasurements } from './system.ts'

/**
 * The one table of names. Ingestor, jobs, dashboards and documentation take theirs from here. It adds meaning and is no
 * gate: a measurement or field that is not in it is stored and queryable all the same.
 */
export const measurements = {
  ...rawMeasurements,
  ...derivedMeasurements,
  ...betweenMeasurements,
  ...systemMeasurements,
} as const satisfies Record<string, MeasurementDefinition>

export type MeasurementName = keyof typeof measurements
export type FieldName<M extends MeasurementName> = keyof (typeof measurements)[M]['fields'] & string
export type TagOf<M extends MeasurementName> = (typeof measurements)[M]['tags'][number]

export const measurementNames = Object.keys(measurements) as readonly MeasurementName[]

export const isMeasurement = (name: string): name is MeasurementName => Object.hasOwn(measurements, name)

/** The definition with its general type, for code that goes through all of them. */
export const definitionOf = (measurement: MeasurementName): MeasurementDefinition => measurements[measurement]

/** Bucket that a measurement lives in. @param names from `bucketNames`, where the raw bucket has a name of its own */
export function bucketOf(measurement: MeasurementName, names: BucketNames = bucketNames()): string {
  const role: BucketRole = measurements[measurement].bucket
  return names[role]
}

/** A field's name, checked by the compiler: `fieldOf('temperature', 'value')`. */
export const fieldOf = <M extends MeasurementName>(_measurement: M, field: FieldName<M>): FieldName<M> => field

/** A tag's name, checked by the compiler: `tagOf('moments', 'window')`. */
export const tagOf = <M extends MeasurementName>(_measurement: M, tag: TagOf<M>): TagOf<M> => tag

/**
 * What is known about a field of any name, members of families (`peak_7`) included.
 * @returns null for a field that is not in the table
 */
export function describeField(measurement: string, field: string): FieldDefinition | null {
  if (!isMeasurement(measurement)) return null
  const { fields, families = {} } = definitionOf(measurement)
  if (Object.hasOwn(fields, field)) return fields[field]!
  const match = /^(.+?)_(\d+)$/.exec(field)
  const numbered = match === null ? undefined : families[match[1]!]
  if (numbered?.suffix === 'number' && Object.hasOwn(families, match![1]!)) return numbered
  const named = Object.entries(families).find(([name, { suffix }]) => suffix === 'name' && field.startsWith(`${name}_`))
  return named?.[1] ?? null
}

/** Whether this version writes the measurement at all; a dashboard that asks for another one would stay empty. */
export const isWritten = (measurement: MeasurementName): boolean => definitionOf(measurement).writers.length > 0

/** Values of `machine_signal` with the sensor `state`. */
export const machineStates = { stopped: 0, running: 1, setUp: 2, fault: 3 } as const
export type MachineState = (typeof machineStates)[keyof typeof machineStates]
/** The sensor that carries a machine's state. */
export const stateSensor = 'state'
