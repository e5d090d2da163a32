import type { CommandRow } from './command.ts'

const influx = ['influxUrl', 'influxToken', 'influxOrg', 'influxBucket'] as const
const readyLine = (what: string): string =>
  `prints {"ready":true,${what}} in one line on standard output when it is ready`

/** Every command there is; `plantwatch --help` shows them in this order. */
export const commands: readonly CommandRow[] = [
  {
    name: 'up',
    summary: 'the whole stack on one machine: store, ingestor, analytics, board and demo plant',
    settings: [
      'port',
      'host',
      'data',
      'reset',
      'demo',
      ...influx,
      'token',
      'plant',
      'seed',
      'historyDays',
      'liveEveryMs',
    ],
    json: readyLine('"store":{"url","org","bucket","token"},"ingestor":{"url","token"},"board":{"url"}'),
    examples: [
      'plantwatch up',
      'plantwatch up --no-demo --data /var/lib/plantwatch',
      'plantwatch up --reset --port 9000',
    ],
    load: () => import('./up/up.ts'),
  },
  {
    name: 'store',
    summary: 'the embedded store alone; an empty one waits for /api/v2/setup, or takes INFLUX_TOKEN as its first token',
    settings: ['storePort', 'host', 'data', 'influxOrg', 'influxBucket', 'influxToken'],
    json: readyLine('"store":{"url","org","bucket","token"}'),
    load: () => import('./store.ts'),
  },
  {
    name: 'ingestor',
    summary: 'the ingestor alone, in front of the store at INFLUX_URL',
    settings: [
      'ingestorPort',
      'host',
      'data',
      ...influx,
      'token',
      'bodyBytesMax',
      'inflatedBytesMax',
      'inflatedRatioMax',
      'lineErrorsMax',
      'storeTimeoutMs',
    ],
    json: readyLine('"ingestor":{"url","token"}'),
    load: () => import('./ingestor.ts'),
  },
  {
    name: 'analytics',
    summary: 'the analytics service alone, on the store at INFLUX_URL',
    settings: ['analyticsPort', 'host', 'data', ...influx, 'plant'],
    json: readyLine('"analytics":{"url"}'),
    load: () => import('./analytics.ts'),
  },
  {
    name: 'board',
    summary: 'the built-in board alone, on the store at INFLUX_URL',
    settings: ['port', 'host', 'data', ...influx, 'token'],
    options: [{ flag: '--build-only', help: 'put the bundle together where it is missing or stale, and end' }],
    json: readyLine('"board":{"url"}'),
    load: () => import('./board.ts'),
  },
  {
    name: 'simulate',
    summary: 'the demo plant: sends history and live points to any ingestor',
    settings: ['url', 'token', 'data', 'influxOrg', 'influxBucket', 'plant', 'seed', 'historyDays', 'liveEveryMs'],
    json: 'prints one line {"phase","done","total","message"} per step of the back-fill',
    load: () => import('./simulate.ts'),
  },
  {
    name: 'import machines',
    summary: 'a folder of machine CSV exports into machine_signal, one series per machine and column',
    arguments: [{ name: '<folder>', help: 'folder with one CSV file per machine' }],
    settings: ['url', 'token', 'data', 'influxOrg', 'influxBucket'],
    options: [
      { flag: '--map <file>', help: 'YAML that says how these files look: columns, names, time format, zone' },
      { flag: '--site <name>', help: 'tag site of every point' },
    ],
    json: 'prints {"files","rows","values","seconds","valuesPerSecond","machines","from","to","dashboard"}',
    examples: ['plantwatch import machines ./exports', 'plantwatch import machines ./exports --map plant.map.yaml'],
    load: () => import('./import/machines.ts'),
  },
  {
    name: 'write',
    summary: 'line protocol through the ingestor: a file, an argument, or standard input',
    arguments: [{ name: '[lines]', help: 'line protocol; without it --file or standard input' }],
    settings: ['url', 'token', 'data', 'influxOrg', 'influxBucket'],
    options: [
      { flag: '--file <path>', help: 'file with line protocol' },
      { flag: '--precision <unit>', help: 'unit of the times (default: ns)', choices: ['ns', 'us', 'ms', 's'] },
    ],
    json: 'prints {"bytes","requests"}, and on bad lines {"code","message","line_errors"}',
    examples: ["plantwatch write 'temperature,machine=m1,sensor=oil value=71.5'", 'plantwatch write --file points.lp'],
    load: () => import('./write.ts'),
  },
  {
    name: 'query',
    summary: 'a Flux query: a file, an argument, or standard input',
    arguments: [{ name: '[flux]', help: 'Flux; without it --file or standard input' }],
    settings: ['url', 'token', 'data', 'influxOrg'],
    options: [
      { flag: '--file <path>', help: 'file with Flux' },
      {
        flag: '--format <name>',
        help: 'table (default), csv (annotated, as the API answers) or json',
        choices: ['table', 'csv', 'json'],
      },
    ],
    json: 'the same as --format json: one object per row and line',
    examples: [
      'plantwatch query \'from(bucket: "plant_raw") |> range(start: -1h) |> limit(n: 3)\'',
      'plantwatch query --file kpi.flux --format csv',
    ],
    load: () => import('./query.ts'),
  },
  {
    name: 'job list',
    summary: 'the analytics jobs: what starts them, what they read and write, how their last run went',
    settings: ['url', 'token', 'data'],
    json: 'prints the answer of /api/v1/jobs',
    load: () => import('./job-list.ts'),
  },
  {
    name: 'job run',
    summary: 'runs a job now, over a time range of your own where one is given',
    arguments: [{ name: '<job>', help: 'name of the job' }],
    settings: ['url', 'token', 'data'],
    options: [
      { flag: '--from <time>', help: 'start of the range, RFC 3339; a time without a zone is UTC' },
      { flag: '--to <time>', help: 'end of the range (exclusive)' },
    ],
    json: 'prints the answer of /api/v1/jobs/{name}/runs',
    examples: ['plantwatch job run moments --from 2026-03-01T00:00:00Z --to 2026-03-08T00:00:00Z'],
    load: () => import('./job-run.ts'),
  },
  {
    name: 'health',
    summary: 'whether the running plantwatch and each of its parts is well; exit status 1 when one is not',
    settings: ['url', 'token', 'data'],
    json: 'prints the answer of /health',
    load: () => import('./health.ts'),
  },
  {
    name: 'doctor',
    summary:
      'whether this machine, its folders, ports and settings are fit for plantwatch; exit status 1 when they are not',
    settings: ['port', 'host', 'data', 'influxUrl', 'influxToken', 'plant'],
    json: 'prints {"findings":[{"check","status","message"}]}',
    load: () => import('./doctor.ts'),
  },
]
