import { stringify } from 'yaml'
import { buckets } from '../lib/schema/buckets.ts'
import { dashboards } from './dashboards.ts'
import { datasourceUid } from './house.ts'
import { dashboardProblems } from './lint.ts'

interface ProvisioningFile {
  /** Relative to the project's folder. */
  readonly path: string
  readonly text: string
}

/** Where the container of Grafana finds the dashboards; docker-compose.yml mounts provisioning/ there. */
export const dashboardsInGrafana = '/etc/grafana/provisioning/dashboards'

const note = '# Generated from grafana/ by `npm run generate`; change it there.\n'

const datasources = {
  apiVersion: 1,
  datasources: [
    {
      name: 'Plantwatch',
      uid: datasourceUid,
      type: 'influxdb',
      access: 'proxy',
      url: '$INFLUX_URL',
      isDefault: true,
      editable: false,
      jsonData: { version: 'Flux', organization: '$INFLUX_ORG', defaultBucket: '$INFLUX_BUCKET', tlsSkipVerify: false },
      // Grafana reads the token from its environment and keeps it encrypted.
      secureJsonData: { token: '$INFLUX_TOKEN' },
    },
  ],
}

const providers = {
  apiVersion: 1,
  providers: [
    {
      name: 'plantwatch',
      type: 'file',
      allowUiUpdates: false,
      updateIntervalSeconds: 30,
      options: { path: dashboardsInGrafana },
    },
  ],
}

/**
 * Everything that Grafana mounts. `INFLUX_BUCKET` names the raw bucket; results are always in `plant_derived`.
 * @throws Error for a dashboard that breaks a rule of lint.ts, with every problem
 */
export function provisioningFiles(): readonly ProvisioningFile[] {
  const all = dashboards()
  const problems = all.flatMap((dashboard) => dashboardProblems(dashboard))
  if (problems.length > 0) throw new Error(`dashboards cannot be generated:\n${problems.join('\n')}`)
  return [
    ...all.map((dashboard) => ({
      path: `provisioning/dashboards/${dashboard.uid}.json`,
      text: `${JSON.stringify(dashboard, null, 2)}\n`,
    })),
    { path: 'provisioning/dashboards/plantwatch.yaml', text: note + stringify(providers) },
    {
      path: 'provisioning/datasources/plantwatch.yaml',
      text: `${note}# Raw readings are in INFLUX_BUCKET (${buckets.raw.name} unless set), results in ${buckets.derived.name}.\n${stringify(datasources)}`,
    },
  ]
}
