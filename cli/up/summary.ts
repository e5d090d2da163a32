export interface SummaryFacts {
  readonly gatewayUrl: string
  readonly boardLink: string
  readonly storeUrl: string
  readonly embedded: boolean
  readonly ingestorUrl: string
  readonly analyticsUrl: string
  readonly dataDir: string
  readonly tokenFile: string | null
  readonly demo: boolean
  readonly org: string
  readonly bucket: string
  readonly host: string
}

/** What `up` prints when it is ready: which part runs where, and the first three things to do. */
export function summary(facts: SummaryFacts): string {
  const { gatewayUrl, org, bucket } = facts
  const token = facts.tokenFile === null ? '$PLANTWATCH_TOKEN' : `$(cat ${shellQuoted(facts.tokenFile)})`
  const lines = [
    '',
    `  Plantwatch is up${facts.demo ? ' with the demo plant (demo data, kept apart from real data)' : ''}.`,
    '',
    `  Open the board    ${facts.boardLink}`,
    '                    (the link signs one browser in; others sign in with the token)',
    '',
    `  Everything at     ${gatewayUrl}`,
    `    store           ${facts.storeUrl}${facts.embedded ? '   embedded, InfluxDB 2 API with Flux' : '   your InfluxDB'}`,
    `    ingestor        ${facts.ingestorUrl}`,
    `    analytics       ${facts.analyticsUrl}`,
    `    data            ${facts.dataDir}`,
    `    token           ${facts.tokenFile === null ? 'as set in PLANTWATCH_TOKEN' : facts.tokenFile}`,
    '',
    '  Write a point',
    `    curl -H "Authorization: Token ${token}" \\`,
    `      "${gatewayUrl}/api/v2/write?org=${encodeURIComponent(org)}&bucket=${encodeURIComponent(bucket)}" \\`,
    "      --data-binary 'temperature,machine=press,sensor=oil value=71.5'",
    '',
    '  Ask for it with Flux (it is there a moment after it was acknowledged)',
    `    curl -H "Authorization: Token ${token}" -H 'Content-Type: application/vnd.flux' \\`,
    `      "${gatewayUrl}/api/v2/query?org=${encodeURIComponent(org)}" \\`,
    `      --data-binary 'from(bucket: "${bucket}") |> range(start: -1h) |> filter(fn: (r) => r.machine == "press")'`,
    '',
  ]
  if (facts.host === '127.0.0.1' || facts.host === 'localhost')
    lines.push('  Only this machine can reach it; --host 0.0.0.0 lets phones and wall screens in.', '')
  lines.push('  Ctrl-C ends it; the data stays. --reset begins anew, --no-demo starts empty for real data.', '')
  return lines.join('\n')
}

const shellQuoted = (path: string): string => (/^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`)
