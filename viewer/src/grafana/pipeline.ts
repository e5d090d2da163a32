import {
  applyFieldOverrides,
  cacheFieldDisplayNames,
  type DataFrame,
  type DataFrameJSON,
  type DataTransformerConfig,
  dataFrameFromJSON,
  FieldColorModeId,
  type FieldConfigSource,
  FieldType,
  type GrafanaTheme2,
  type InterpolateFunction,
  type ThresholdsConfig,
  ThresholdsMode,
  transformDataFrame,
} from '@grafana/data'
import { isSupportedTransformation, type SupportedPanel } from '../../../lib/dashboard/supported.ts'
import type { FrameJson } from '../../api.ts'
import { customDefaults, registryFor, unknownOverrides } from './setup.ts'

/** As older dashboards call it. */
const newName: Readonly<Record<string, string>> = { seriesToColumns: 'joinByField' }

export const framesFromAnswer = (frames: readonly FrameJson[]): DataFrame[] =>
  frames.map((frame) => dataFrameFromJSON(frame as unknown as DataFrameJSON))

/**
 * Runs a panel's transformations.
 * @throws Error that names a transformation the board does not know
 */
export async function transform(
  frames: readonly DataFrame[],
  transformations: readonly DataTransformerConfig[],
  replaceVariables: InterpolateFunction,
): Promise<DataFrame[]> {
  const active = transformations.filter(({ disabled }) => disabled !== true)
  for (const { id } of active)
    if (!isSupportedTransformation(id)) throw new Error(`The transformation "${id}" is not supported by the board`)
  if (active.length === 0) return [...frames]
  const configs = active.map((config) => ({ ...config, id: newName[config.id] ?? config.id }))
  return new Promise((resolve, reject) => {
    transformDataFrame(configs, [...frames], { interpolate: replaceVariables }).subscribe({
      next: resolve,
      error: reject,
    })
  })
}

export interface Dressing {
  readonly type: SupportedPanel
  readonly fieldConfig: FieldConfigSource
  readonly replaceVariables: InterpolateFunction
  readonly theme: GrafanaTheme2
  readonly timeZone: string
}

/**
 * Gives fields their names, units, colours, thresholds, mappings and links: defaults first, then overrides.
 * @throws Error that names a setting the board does not know
 */
export function dress(frames: readonly DataFrame[], dressing: Dressing): DataFrame[] {
  const { type, fieldConfig, replaceVariables, theme, timeZone } = dressing
  const unknown = unknownOverrides(type, fieldConfig.overrides)
  if (unknown.length > 0) throw new Error(`"${unknown[0]}" in an override is not supported by the board`)
  const dressed = applyFieldOverrides({
    data: [...frames],
    fieldConfig: withDefaults(type, fieldConfig),
    fieldConfigRegistry: registryFor(type),
    replaceVariables,
    theme,
    timeZone,
  })
  cacheFieldDisplayNames(dressed)
  return dressed
}

/** What Grafana begins with. */
const usualThresholds: ThresholdsConfig = {
  mode: ThresholdsMode.Absolute,
  steps: [
    { value: Number.NEGATIVE_INFINITY, color: 'green' },
    { value: 80, color: 'red' },
  ],
}

export const withDefaults = (type: SupportedPanel, { defaults, overrides }: FieldConfigSource): FieldConfigSource => ({
  defaults: {
    ...defaults,
    color: defaults.color ?? {
      mode: type === 'timeseries' ? FieldColorModeId.PaletteClassic : FieldColorModeId.Thresholds,
    },
    // Grafana's code changes what it is given.
    thresholds: structuredClone(defaults.thresholds ?? usualThresholds),
    custom: { ...customDefaults[type], ...defaults.custom },
  },
  overrides: structuredClone(overrides),
})

/** Whether there is anything to draw: one value that is not a gap. */
export const hasValues = (frames: readonly DataFrame[]): boolean =>
  frames.some(({ fields }) => {
    const values = fields.filter(({ type }) => type !== FieldType.time)
    return (values.length > 0 ? values : fields).some((field) => field.values.some((value) => value != null))
  })
