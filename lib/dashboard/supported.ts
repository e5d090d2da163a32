/**
 * What the built-in board can draw and work out. The generator of dashboards refuses everything else, and the board shows an
 * error in the panel: nothing is left out in silence.
 */
export const supportedPanels = ['stat', 'timeseries', 'table', 'bargauge', 'state-timeline', 'text', 'row'] as const
export type SupportedPanel = (typeof supportedPanels)[number]

export const isSupportedPanel = (type: string): type is SupportedPanel =>
  (supportedPanels as readonly string[]).includes(type)

/** Ids of transformations that Grafana's npm packages bring along and that need nothing of Grafana's server. */
export const supportedTransformations = [
  'calculateField',
  'concatenate',
  'convertFieldType',
  'filterByValue',
  'filterByRefId',
  'filterFieldsByName',
  'formatTime',
  'groupBy',
  'groupingToMatrix',
  'histogram',
  'joinByField',
  'labelsToFields',
  'limit',
  'merge',
  'organize',
  'reduce',
  'rename',
  'renameByRegex',
  'seriesToColumns',
  'seriesToRows',
  'sortBy',
  'transpose',
] as const

export const isSupportedTransformation = (id: string): boolean =>
  (supportedTransformations as readonly string[]).includes(id)

export const supportedVariables = ['query', 'custom', 'constant'] as const

/** Formats that are safe inside of Flux: `${name:regex}` between slashes, `${name:doublequote}` as a string. */
export const queryFormats = ['regex', 'doublequote'] as const
