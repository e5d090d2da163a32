/** Words with one meaning each, by the field they come from. */
export const glossary: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'InfluxDB 2': {
    bucket: 'a named store of points with a retention time',
    measurement: 'the kind of thing that was measured, such as `temperature`',
    tag: 'a name and a text that say where a point comes from; points are found by tags',
    field: 'a name and a value: what was measured',
    point: 'one measurement with its tags, one or more fields, and one time',
    series: 'all points with the same measurement, the same tags and the same field',
    precision: 'the unit of the times in a write request: `ns`, `us`, `ms` or `s`',
  },
  Flux: {
    'group key': 'the columns, with their values, that all rows of one table share',
    'table stream': 'what flows through a pipe: tables, each with a group key of its own',
    yield: 'a named result of a script',
  },
  'Mean shift': {
    bandwidth: 'the radius within which points pull a centre, in the unit of the features',
    binSeeding: 'starting from the corners of a grid instead of from every point',
    minBinFreq: 'points that a corner of the grid needs to be a start',
    clusterAll: 'whether a point farther than one bandwidth from every centre joins the nearest (or is an orphan)',
    labels: 'per point the number of its cluster; −1 is an orphan',
  },
  Forecasting: {
    horizon: 'how far ahead a forecast goes',
    seasonLength: 'after how many steps the pattern repeats',
  },
  Plant: {
    lot: 'one unbroken run of a product on a machine',
    shift: 'a stretch of working time by the site’s clock; one that passes midnight belongs to the day it began',
    gap: 'a time without a reading: `null` in tables, `NaN` in number arrays, never 0, because zero is a reading',
    'communication error': 'a reading that the way from the sensor damaged; the machine was never there',
  },
}
