import { type BucketRole, bucketRoles, buckets } from './buckets.ts'
import type { FieldDefinition, MeasurementDefinition, MeasurementKind } from './define.ts'
import { glossary } from './glossary.ts'
import { definitionOf, measurementNames } from './measurements.ts'
import { tags } from './tags.ts'
import { wholeCourse } from './whole-course.ts'

const headings: Readonly<Record<MeasurementKind, string>> = {
  raw: 'Raw: what devices and collectors send',
  derived: 'Derived: what analytics jobs work out',
  between: 'Between the parts',
  system: 'About the system',
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

const retention = (seconds: number): string => (seconds === 0 ? 'for ever' : `${seconds / 86_400} days`)

const unitText = (unit: string): string => (unit === 'sensor' ? 'the sensor’s' : unit === '' ? '–' : unit)

const fieldRow = (name: string, field: FieldDefinition): readonly string[] => [
  `\`${name}\``,
  field.type,
  unitText(field.unit),
  field.meaning,
]

const section = (name: string, definition: MeasurementDefinition): string => {
  const families = Object.entries(definition.families ?? {}).map(([family, field]) =>
    fieldRow(`${family}_${field.suffix === 'number' ? '1…n' : 'NAME'}`, field),
  )
  const writers = definition.writers.length === 0 ? 'nobody in this version' : definition.writers.join(', ')
  return [
    `### \`${name}\``,
    `${definition.description[0]!.toUpperCase()}${definition.description.slice(1)}.`,
    table(
      ['field', 'type', 'unit', 'meaning'],
      [...Object.entries(definition.fields).map(([field, row]) => fieldRow(field, row)), ...families],
    ),
    `Bucket \`${buckets[definition.bucket].name}\`. Tags: ${definition.tags.map((tag) => `\`${tag}\``).join(', ')}. Written by: ${writers}.`,
  ].join('\n\n')
}

const bucketRow = (role: BucketRole): readonly string[] => {
  const { name, holds, retentionSeconds } = buckets[role]
  return [`\`${name}\``, holds, retention(retentionSeconds)]
}

/** docs/measurements.md, from the tables of this folder. */
export function measurementsPage(): string {
  const kinds = (Object.keys(headings) as MeasurementKind[]).map((kind) =>
    [
      `## ${headings[kind]}`,
      ...measurementNames
        .filter((name) => definitionOf(name).kind === kind)
        .map((name) => section(name, definitionOf(name))),
    ].join('\n\n'),
  )
  const words = Object.entries(glossary).map(([from, terms]) =>
    [
      `### ${from}`,
      table(
        ['word', 'meaning'],
        Object.entries(terms).map(([word, meaning]) => [word, meaning]),
      ),
    ].join('\n\n'),
  )
  return `${[
    '# Measurements',
    'Generated from `lib/schema` by `npm run generate`; change it there. The table adds meaning and is no gate: a device may push any other measurement or field, and it is stored and queryable.',
    'Times are nanoseconds since 1970 in UTC; a derived point’s time is the start of its window; intervals are half open, [from, to). An absent field or tag means unknown, never zero.',
    '## Buckets',
    table(['bucket', 'holds', 'kept'], bucketRoles.map(bucketRow)),
    ...kinds,
    '## Tags',
    table(
      ['tag', 'meaning', 'example'],
      Object.entries(tags).map(([name, { meaning, example }]) => [`\`${name}\``, meaning, `\`${example}\``]),
    ),
    '## A machine’s whole course',
    'Context tags split a series at each lot. Whoever wants the whole course of a machine groups by machine, sensor and field and sorts by time first. `wholeCourse()` in `lib/schema/whole-course.ts` returns this text, for dashboards and jobs alike:',
    `\`\`\`flux\nfrom(bucket: "plant_raw")\n  |> range(start: -1h)\n  |> filter(fn: (r) => r._measurement == "temperature")${wholeCourse()}\n\`\`\``,
    '## Words',
    ...words,
  ].join('\n\n')}\n`
}
