import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import { UsageError } from './errors.ts'

/** How a setting is written, and what its value is in the program. */
export type SettingKind =
  | 'text'
  | 'secret'
  | 'folder'
  | 'file'
  | 'address'
  | 'whole number'
  | 'switch'
  | 'switch or names'

interface SettingRow {
  /** As commander reads it: `--port <number>`. A secret has none: arguments can be seen by everybody on the machine. */
  readonly flag: string | null
  readonly variable: string
  readonly kind: SettingKind
  /** null: not set. */
  readonly fallback: string | number | boolean | null
  /** Unit of a number, for help and documentation. */
  readonly unit?: string
  readonly min?: number
  readonly max?: number
  readonly help: string
}

const row = <const Row extends SettingRow>(settingRow: Row): Row => settingRow
const port = (variable: string, fallback: number, what: string) =>
  row({
    flag: '--port <number>',
    variable,
    kind: 'whole number',
    fallback,
    min: 0,
    max: 65_535,
    help: `port that the ${what} listens on; 0 takes a free one`,
  })

/** Every setting there is. Help texts, docs/settings.md and what commands read come from this table alone. */
export const settings = {
  port: port('PLANTWATCH_PORT', 8080, 'gateway with the board'),
  storePort: port('PLANTWATCH_STORE_PORT', 8086, 'store'),
  ingestorPort: port('PLANTWATCH_INGESTOR_PORT', 8087, 'ingestor'),
  analyticsPort: port('PLANTWATCH_ANALYTICS_PORT', 8088, 'analytics service'),
  host: row({
    flag: '--host <address>',
    variable: 'PLANTWATCH_HOST',
    kind: 'text',
    fallback: '127.0.0.1',
    help: 'address to listen on; 0.0.0.0 lets other devices in the network reach it',
  }),
  data: row({
    flag: '--data <folder>',
    variable: 'PLANTWATCH_DATA',
    kind: 'folder',
    fallback: './data',
    help: 'folder for everything that is kept; the demo plant uses the folder demo in it',
  }),
  demo: row({
    flag: '--no-demo',
    variable: 'PLANTWATCH_DEMO',
    kind: 'switch',
    fallback: true,
    help: 'the demo plant; without it the stack starts empty, for real data. An InfluxDB given by INFLUX_URL never gets demo data unless this is set to true on purpose',
  }),
  reset: row({
    flag: '--reset',
    variable: 'PLANTWATCH_RESET',
    kind: 'switch',
    fallback: false,
    help: 'empty the data folder first (with the demo plant: its folder alone; real data after a question, or with --yes); an InfluxDB given by INFLUX_URL is never touched',
  }),
  influxUrl: row({
    flag: '--influx-url <url>',
    variable: 'INFLUX_URL',
    kind: 'address',
    fallback: null,
    help: 'InfluxDB 2 to use instead of the embedded store, for instance http://influxdb:8086',
  }),
  influxToken: row({
    flag: null,
    variable: 'INFLUX_TOKEN',
    kind: 'secret',
    fallback: null,
    help: 'token for the store: the services use it; an empty embedded store takes it as its first',
  }),
  influxOrg: row({
    flag: '--influx-org <name>',
    variable: 'INFLUX_ORG',
    kind: 'text',
    fallback: 'plantwatch',
    help: 'organization in the store',
  }),
  influxBucket: row({
    flag: '--influx-bucket <name>',
    variable: 'INFLUX_BUCKET',
    kind: 'text',
    fallback: 'plant_raw',
    help: 'bucket for raw measurements',
  }),
  url: row({
    flag: '--url <url>',
    variable: 'PLANTWATCH_URL',
    kind: 'address',
    fallback: null,
    help: 'address of the running plantwatch (gateway or ingestor); without it the one that runs on the data folder',
  }),
  token: row({
    flag: null,
    variable: 'PLANTWATCH_TOKEN',
    kind: 'secret',
    fallback: null,
    help: "token for the running plantwatch; a service takes it as the operator's token instead of making one",
  }),
  bodyBytesMax: row({
    flag: '--body-bytes-max <bytes>',
    variable: 'PLANTWATCH_BODY_BYTES_MAX',
    kind: 'whole number',
    fallback: 26_214_400,
    unit: 'bytes',
    min: 1_024,
    help: 'largest body of a write request as it is sent',
  }),
  bodiesBytesMax: row({
    flag: '--bodies-bytes-max <bytes>',
    variable: 'PLANTWATCH_BODIES_BYTES_MAX',
    kind: 'whole number',
    fallback: 268_435_456,
    unit: 'bytes',
    min: 1_024,
    help: 'memory that bodies on their way to the ingestor may take, over all connections together; a body that finds no room is answered 503',
  }),
  inflatedBytesMax: row({
    flag: '--inflated-bytes-max <bytes>',
    variable: 'PLANTWATCH_INFLATED_BYTES_MAX',
    kind: 'whole number',
    fallback: 50_331_648,
    unit: 'bytes',
    min: 1_024,
    max: 62_914_560,
    help: 'largest body of a write request after gzip is undone; a segment of the log has to hold it',
  }),
  inflatedRatioMax: row({
    flag: '--inflated-ratio-max <number>',
    variable: 'PLANTWATCH_INFLATED_RATIO_MAX',
    kind: 'whole number',
    fallback: 200,
    unit: 'times',
    min: 2,
    help: 'how many times larger than sent a gzip body may become, beyond its first megabyte',
  }),
  lineErrorsMax: row({
    flag: '--line-errors-max <number>',
    variable: 'PLANTWATCH_LINE_ERRORS_MAX',
    kind: 'whole number',
    fallback: 100,
    unit: 'lines',
    min: 1,
    help: 'how many bad lines of one request are named in the answer; all are counted',
  }),
  storeTimeoutMs: row({
    flag: '--store-timeout-ms <ms>',
    variable: 'PLANTWATCH_STORE_TIMEOUT_MS',
    kind: 'whole number',
    fallback: 60_000,
    unit: 'milliseconds',
    min: 100,
    help: 'how long the ingestor waits for the store to commit a batch',
  }),
  logQuotaMb: row({
    flag: '--log-quota-mb <mb>',
    variable: 'PLANTWATCH_LOG_QUOTA_MB',
    kind: 'whole number',
    fallback: 4_096,
    unit: 'MB',
    min: 128,
    help: "disk that the ingestor's log may take while the store does not take its data; beyond it writes are refused with 503",
  }),
  logDropOldest: row({
    flag: '--log-drop-oldest [buckets]',
    variable: 'PLANTWATCH_LOG_DROP_OLDEST',
    kind: 'switch or names',
    fallback: false,
    help: "at the log's quota the oldest undelivered data of these buckets (names, separated by commas; none named: of every bucket) goes, counted; that of other buckets never does, and writes are refused with 503 once nothing more may go",
  }),
  lineBytesMax: row({
    flag: '--line-bytes-max <bytes>',
    variable: 'PLANTWATCH_LINE_BYTES_MAX',
    kind: 'whole number',
    fallback: 1_048_576,
    unit: 'bytes',
    min: 1_024,
    help: 'longest line of line protocol',
  }),
  tagsMax: row({
    flag: '--tags-max <number>',
    variable: 'PLANTWATCH_TAGS_MAX',
    kind: 'whole number',
    fallback: 64,
    unit: 'tags',
    min: 1,
    help: 'most tags of one line',
  }),
  seriesPerTokenMax: row({
    flag: '--series-per-token-max <number>',
    variable: 'PLANTWATCH_SERIES_PER_TOKEN_MAX',
    kind: 'whole number',
    fallback: 200_000,
    unit: 'series',
    min: 1,
    help: 'series that one token may make, context tags not counted; lines beyond it become dead letters',
  }),
  seriesPerMachineMax: row({
    flag: '--series-per-machine-max <number>',
    variable: 'PLANTWATCH_SERIES_PER_MACHINE_MAX',
    kind: 'whole number',
    fallback: 20_000,
    unit: 'series',
    min: 1,
    help: 'series that one token may make for one machine, context tags not counted',
  }),
  aheadMaxSeconds: row({
    flag: '--ahead-max-seconds <seconds>',
    variable: 'PLANTWATCH_AHEAD_MAX_SECONDS',
    kind: 'whole number',
    fallback: 86_400,
    unit: 'seconds',
    min: 0,
    help: "how far ahead of the server's clock a point's time may be; further ahead it becomes a dead letter",
  }),
  pseudonymiseOperators: row({
    flag: '--pseudonymise-operators',
    variable: 'PLANTWATCH_PSEUDONYMISE_OPERATORS',
    kind: 'switch',
    fallback: false,
    help: "keep operators' names, of context intervals and of the tag operator of lines, as pseudonyms alone (op- and ten digits); the key to them stays in the data folder",
  }),
  requestTimeoutMs: row({
    flag: '--request-timeout-ms <ms>',
    variable: 'PLANTWATCH_REQUEST_TIMEOUT_MS',
    kind: 'whole number',
    fallback: 30_000,
    unit: 'milliseconds',
    min: 1_000,
    help: 'how long a sender may take for one request to the ingestor, from its first byte to its last',
  }),
  connectionsMax: row({
    flag: '--connections-max <number>',
    variable: 'PLANTWATCH_CONNECTIONS_MAX',
    kind: 'whole number',
    fallback: 8_192,
    unit: 'connections',
    min: 1,
    help: 'connections to the ingestor at once; one more is answered 503 and closed',
  }),
  reportEveryMs: row({
    flag: '--report-every-ms <ms>',
    variable: 'PLANTWATCH_REPORT_EVERY_MS',
    kind: 'whole number',
    fallback: 10_000,
    unit: 'milliseconds',
    min: 0,
    help: 'how often the ingestor writes about itself and its senders into the derived bucket; 0: never',
  }),
  plant: row({
    flag: '--plant <file>',
    variable: 'PLANTWATCH_PLANT',
    kind: 'file',
    fallback: null,
    help: "plant model (YAML): sites, lines, machines, shifts, sensors; 'demo' is the demo plant's. Without it the demo has its own and real data none",
  }),
  seed: row({
    flag: '--seed <number>',
    variable: 'PLANTWATCH_SEED',
    kind: 'whole number',
    fallback: 1,
    min: 0,
    help: "what the demo plant's chance starts from: the same seed gives the same plant",
  }),
  historyDays: row({
    flag: '--history-days <days>',
    variable: 'PLANTWATCH_HISTORY_DAYS',
    kind: 'whole number',
    fallback: 14,
    unit: 'days',
    min: 0,
    max: 3_650,
    help: 'how much history the demo plant brings along',
  }),
  liveEveryMs: row({
    flag: '--live-every-ms <ms>',
    variable: 'PLANTWATCH_LIVE_EVERY_MS',
    kind: 'whole number',
    fallback: 5_000,
    unit: 'milliseconds',
    min: 100,
    help: 'how often the demo plant sends its live points',
  }),
} as const satisfies Record<string, SettingRow>

export type SettingName = keyof typeof settings

type Widened<T> = T extends number ? number : T extends boolean ? boolean : string
type ValueOf<Name extends SettingName> = (typeof settings)[Name] extends { kind: 'switch or names' }
  ? boolean | readonly string[]
  : (typeof settings)[Name] extends { fallback: null }
    ? string | null
    : Widened<(typeof settings)[Name]['fallback']>

export type SettingValues = { readonly [Name in SettingName]: ValueOf<Name> }

/** Where a value came from, best first; `fallback` is the table's own. */
export type SettingOrigin = 'flag' | 'variable' | 'file' | 'fallback'

export interface ReadSettings {
  readonly values: SettingValues
  readonly origins: Readonly<Record<SettingName, SettingOrigin>>
}

/** `bodyBytesMax` as a file writes it: `body_bytes_max`. */
export const fileKeyOf = (name: SettingName): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/**
 * Values of all settings: from flags, else the environment, else the file, else the table.
 * @param flags values as the command line gave them, by name of the setting
 * @param file its text (YAML: one `name: value` per line), or null
 * @throws UsageError that names everything that is wrong, not the first thing alone
 */
export function readSettings(
  flags: Readonly<Partial<Record<SettingName, unknown>>>,
  environment: Readonly<Record<string, string | undefined>>,
  file: { readonly path: string; readonly text: string } | null = null,
): ReadSettings {
  const wrong: string[] = []
  const fromFile = file === null ? {} : parseFile(file, wrong)
  const values: Record<string, unknown> = {}
  const origins: Record<string, SettingOrigin> = {}
  for (const name of Object.keys(settings) as SettingName[]) {
    const setting: SettingRow = settings[name]
    const variable = environment[setting.variable]
    const [origin, given, called]: [SettingOrigin, unknown, string] =
      flags[name] !== undefined
        ? ['flag', flags[name], setting.flag?.split(' ')[0] ?? name]
        : variable !== undefined && variable !== ''
          ? ['variable', variable, setting.variable]
          : fromFile[fileKeyOf(name)] !== undefined && fromFile[fileKeyOf(name)] !== null
            ? ['file', fromFile[fileKeyOf(name)], `${fileKeyOf(name)} in ${file!.path}`]
            : ['fallback', setting.fallback, name]
    origins[name] = origin
    values[name] = origin === 'fallback' ? given : readValue(setting, given, called, wrong)
  }
  if (wrong.length > 0) throw new UsageError(wrong.join('\n'))
  return { values: values as SettingValues, origins: origins as Record<SettingName, SettingOrigin> }
}

/** The settings file: the one named by PLANTWATCH_SETTINGS must be there, `./plantwatch.yaml` may. */
export async function readSettingsFile(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<{ readonly path: string; readonly text: string } | null> {
  const named = environment['PLANTWATCH_SETTINGS']
  const path = named ?? 'plantwatch.yaml'
  try {
    return { path, text: await readFile(path, 'utf8') }
  } catch (error) {
    if (named === undefined && (error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw new UsageError(`the settings file ${path} cannot be read: ${(error as Error).message}`)
  }
}

function parseFile(file: { path: string; text: string }, wrong: string[]): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = parse(file.text)
  } catch (error) {
    wrong.push(`${file.path}: ${(error as Error).message}`)
    return {}
  }
  if (value === null || value === undefined) return {}
  if (typeof value !== 'object' || Array.isArray(value)) {
    wrong.push(`${file.path}: expected lines of the form "name: value"`)
    return {}
  }
  const known = new Set((Object.keys(settings) as SettingName[]).map(fileKeyOf))
  for (const key of Object.keys(value)) if (!known.has(key)) wrong.push(`${file.path}: there is no setting "${key}"`)
  return value as Record<string, unknown>
}

function readValue(setting: SettingRow, given: unknown, called: string, wrong: string[]): unknown {
  const text = String(given).trim()
  switch (setting.kind) {
    case 'whole number': {
      const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
      const { min = 0, max = Number.MAX_SAFE_INTEGER } = setting
      if (!(value >= min && value <= max))
        wrong.push(
          `${called}: "${text}" is no whole number ${max === Number.MAX_SAFE_INTEGER ? `from ${min}` : `between ${min} and ${max}`}`,
        )
      return value
    }
    case 'switch':
      if (/^(true|yes|on|1)$/i.test(text)) return true
      if (/^(false|no|off|0)$/i.test(text)) return false
      wrong.push(`${called}: "${text}" is neither true nor false`)
      return false
    case 'switch or names': {
      if (/^(true|yes|on|1)$/i.test(text)) return true
      if (/^(false|no|off|0)$/i.test(text)) return false
      const names = text.split(',').map((name) => name.trim())
      if (names.includes('')) wrong.push(`${called}: "${text}" is neither true, false nor names separated by commas`)
      return names
    }
    case 'address':
      if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
        wrong.push(`${called}: "${text}" is no address like http://localhost:8086`)
      return text.replace(/\/+$/, '')
    default:
      if (text === '') wrong.push(`${called} is empty`)
      return text
  }
}
