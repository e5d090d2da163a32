import {
  booleanOverrideProcessor,
  type ConfigOverrideRule,
  createFieldConfigRegistry,
  dataLinksOverrideProcessor,
  displayNameOverrideProcessor,
  type FieldConfigOptionsRegistry,
  type FieldConfigPropertyItem,
  type FieldOverrideContext,
  fieldMatchers,
  identityOverrideProcessor,
  locationUtil,
  numberOverrideProcessor,
  selectOverrideProcessor,
  standardFieldConfigEditorRegistry,
  standardTransformers,
  standardTransformersRegistry,
  stringOverrideProcessor,
  systemDateFormats,
  thresholdsOverrideProcessor,
  unitOverrideProcessor,
  valueMappingsOverrideProcessor,
} from '@grafana/data'
import { initPluginTranslations } from '@grafana/i18n'
import type { SupportedPanel } from '../../../lib/dashboard/supported.ts'

/** Turns a raw setting into what the field needs. */
type Processor = (value: never, context: FieldOverrideContext, settings?: never) => unknown

const nothingToEdit = (): null => null

/** Everything of a field that can be set, and how it is read. Outside of Grafana the registry is empty. */
const standard: readonly (readonly [id: string, process: Processor, path?: string])[] = [
  ['displayName', displayNameOverrideProcessor],
  ['unit', unitOverrideProcessor],
  ['min', numberOverrideProcessor],
  ['max', numberOverrideProcessor],
  ['fieldMinMax', booleanOverrideProcessor],
  ['decimals', numberOverrideProcessor],
  ['color', identityOverrideProcessor],
  ['noValue', stringOverrideProcessor],
  ['links', dataLinksOverrideProcessor],
  ['actions', identityOverrideProcessor],
  ['mappings', valueMappingsOverrideProcessor],
  ['thresholds', thresholdsOverrideProcessor],
  ['filterable', selectOverrideProcessor],
]

/** Names and "no value" texts may hold variables and labels. */
const settings = { expandTemplateVars: true }

const item = (id: string, process: Processor): FieldConfigPropertyItem => ({
  id,
  path: id,
  name: id,
  editor: nothingToEdit,
  override: nothingToEdit,
  process: process as FieldConfigPropertyItem['process'],
  settings,
  shouldApply: () => true,
})

/** Settings of a field that only one kind of panel knows. One that is not here is dropped by Grafana's code in silence. */
const graphCustom = [
  ...['drawStyle', 'lineInterpolation', 'lineWidth', 'lineStyle', 'lineColor', 'fillOpacity', 'fillColor'],
  ...['gradientMode', 'fillBelowTo', 'spanNulls', 'insertNulls', 'showPoints', 'pointSize', 'pointSymbol'],
  ...['barAlignment', 'barWidthFactor', 'barMaxWidth', 'stacking', 'transform', 'hideFrom', 'thresholdsStyle'],
  ...['axisPlacement', 'axisLabel', 'axisWidth', 'axisSoftMin', 'axisSoftMax', 'axisGridShow', 'axisColorMode'],
  ...['axisCenteredZero', 'axisBorderShow', 'scaleDistribution'],
]

export const customSettings: { readonly [P in SupportedPanel]: readonly string[] } = {
  timeseries: graphCustom,
  'state-timeline': ['lineWidth', 'fillOpacity', 'spanNulls', 'insertNulls', 'hideFrom', 'axisPlacement'],
  table: [
    'width',
    'minWidth',
    'align',
    'cellOptions',
    'inspect',
    'filterable',
    'hidden',
    'hideHeader',
    'wrapHeaderText',
  ],
  stat: [],
  bargauge: [],
  text: [],
  row: [],
}

/** Settings that every field of a kind of panel begins with, where the dashboard says nothing. */
export const customDefaults: { readonly [P in SupportedPanel]: Readonly<Record<string, unknown>> } = {
  timeseries: {
    drawStyle: 'line',
    lineInterpolation: 'linear',
    lineWidth: 1,
    fillOpacity: 0,
    gradientMode: 'none',
    spanNulls: false,
    insertNulls: false,
    showPoints: 'auto',
    pointSize: 5,
    stacking: { mode: 'none', group: 'A' },
    axisPlacement: 'auto',
    axisLabel: '',
    axisColorMode: 'text',
    axisBorderShow: false,
    axisCenteredZero: false,
    scaleDistribution: { type: 'linear' },
    hideFrom: { tooltip: false, viz: false, legend: false },
    thresholdsStyle: { mode: 'off' },
    barAlignment: 0,
    barWidthFactor: 0.6,
  },
  'state-timeline': {
    lineWidth: 0,
    fillOpacity: 70,
    spanNulls: false,
    insertNulls: false,
    hideFrom: { tooltip: false, viz: false, legend: false },
  },
  table: { align: 'auto', inspect: false, cellOptions: { type: 'auto' } },
  stat: {},
  bargauge: {},
  text: {},
  row: {},
}

const registries = new Map<SupportedPanel, FieldConfigOptionsRegistry>()

export function registryFor(type: SupportedPanel): FieldConfigOptionsRegistry {
  let registry = registries.get(type)
  if (registry === undefined) {
    registry = createFieldConfigRegistry(
      {
        useCustomConfig: (builder) => {
          for (const path of customSettings[type])
            builder.addCustomEditor({
              id: path,
              path: path as never,
              name: path,
              category: ['Custom options'],
              editor: nothingToEdit,
              override: nothingToEdit,
              process: identityOverrideProcessor,
              shouldApply: () => true,
            })
        },
      },
      type,
    )
    registries.set(type, registry)
  }
  return registry
}

/** What overrides name that nothing would heed: ways to find a field, and settings. */
export const unknownOverrides = (type: SupportedPanel, overrides: readonly ConfigOverrideRule[]): readonly string[] => [
  ...overrides.map(({ matcher }) => matcher.id).filter((id) => fieldMatchers.getIfExists(id) === undefined),
  ...overrides
    .flatMap(({ properties }) => properties)
    .map(({ id }) => id)
    .filter((id) => registryFor(type).getIfExists(id) === undefined),
]

let done: Promise<void> | null = null

/** Fills Grafana's registries and its translations, once; everything else of this folder relies on it. */
export function setUp(): Promise<void> {
  done ??= (async () => {
    standardFieldConfigEditorRegistry.setInit(() => standard.map(([id, process]) => item(id, process)))
    // Some stand there a second time under an old name.
    const transformers = new Map(Object.values(standardTransformers).map((info) => [info.id, info]))
    standardTransformersRegistry.setInit(() =>
      [...transformers.values()].map((info) => ({
        id: info.id,
        name: info.name,
        transformation: () => Promise.resolve(info),
        editor: nothingToEdit,
        imageDark: '',
        imageLight: '',
      })),
    )
    // Its cleaning of addresses decodes them, and a value with an & would become two parameters. Values are encoded where
    // they are put in, and the page's policy runs no script out of an address.
    locationUtil.initialize({
      config: { appSubUrl: '', disableSanitizeHtml: true } as never,
      getTimeRangeForUrl: () => ({}) as never,
      getVariablesUrlParams: () => ({}),
    })
    // Month before day, with a slash, is read in two ways.
    systemDateFormats.update({
      fullDate: 'YYYY-MM-DD HH:mm:ss',
      interval: {
        millisecond: 'HH:mm:ss.SSS',
        second: 'HH:mm:ss',
        minute: 'HH:mm',
        hour: 'D MMM HH:mm',
        day: 'D MMM',
        month: 'MMM YYYY',
        year: 'YYYY',
      },
      useBrowserLocale: false,
    })
    await initPluginTranslations('plantwatch', [])
  })()
  return done
}
