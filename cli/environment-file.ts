import { randomBytes } from 'node:crypto'
import { UsageError } from '../lib/errors.ts'
import type { SettingValues } from '../lib/settings.ts'

/** One variable of the `.env` that docker-compose.yml reads. */
interface EnvironmentRow {
  readonly help: string
  readonly secret: boolean
  readonly value: (values: SettingValues) => string
}

/** 48 characters that need no quotes anywhere: not in a shell, not in YAML, not in a URL. */
const madeSecret = (): string => randomBytes(36).toString('base64url')
const secret = (help: string): EnvironmentRow => ({ help, secret: true, value: madeSecret })

/** Everything that docker-compose.yml must be told; what it can do without has its default there. */
export const environmentRows = {
  INFLUX_ORG: { help: 'organization in InfluxDB', secret: false, value: ({ influxOrg }) => influxOrg },
  INFLUX_BUCKET: { help: 'bucket for raw measurements', secret: false, value: ({ influxBucket }) => influxBucket },
  INFLUX_TOKEN: secret("InfluxDB's operator token: ingestor, analytics and Grafana use it; it may do everything"),
  INFLUXDB_ADMIN_PASSWORD: secret('password of the user plantwatch in InfluxDB'),
  PLANTWATCH_TOKEN: secret('what devices and collectors send to the ingestor, as "Authorization: Token …"'),
  GRAFANA_ADMIN_PASSWORD: secret('password of the user admin in Grafana'),
} as const satisfies Record<string, EnvironmentRow>

/** What may be set besides, with the default that docker-compose.yml has. */
export const environmentChoices = {
  INGESTOR_BIND: { fallback: '127.0.0.1', help: 'address of this machine that devices reach the ingestor on' },
  INGESTOR_PORT: { fallback: '8087', help: 'port that devices reach the ingestor on' },
  GRAFANA_BIND: { fallback: '127.0.0.1', help: 'address of this machine that browsers reach Grafana on' },
  GRAFANA_PORT: { fallback: '3000', help: 'port that browsers reach Grafana on' },
  INFLUXDB_BIND: { fallback: '127.0.0.1', help: 'address of this machine that analysts reach InfluxDB on' },
  INFLUXDB_PORT: { fallback: '8086', help: 'port that analysts reach InfluxDB on' },
} as const satisfies Record<string, { readonly fallback: string; readonly help: string }>

/**
 * The text of a new `.env`, secrets and all: Docker Compose reads it, and so does `node --env-file`.
 * @throws UsageError for a name that neither of them would read back as it is
 */
export function environmentFile(values: SettingValues): string {
  const set = Object.entries(environmentRows).map(
    ([name, row]) => `# ${row.help}\n${name}=${quoted(name, row.value(values))}\n`,
  )
  const choices = Object.entries(environmentChoices).map(
    ([name, { fallback, help }]) => `# ${help}\n# ${name}=${fallback}\n`,
  )
  return [
    '# Made by `plantwatch init` for docker-compose.yml. It holds secrets: never commit it, keep a copy in a safe place.\n',
    ...set,
    '# Only this machine reaches what is published, unless an address below is another one (0.0.0.0: every network).\n',
    ...choices,
  ].join('\n')
}

function quoted(name: string, value: string): string {
  if (/^[\w.@:/-]+$/.test(value)) return value
  // Within single quotes nothing is replaced; but nothing can stand for a single quote either.
  if (/['\p{Cc}]/u.test(value)) throw new UsageError(`${name}: "${value}" holds a quote or a control character`)
  return `'${value}'`
}
