import { refusedOpenly, refusedResources, refusedRoutes } from './refused.ts'
import { actions, openRoutes, type Row, resources, v1Routes } from './route-table.ts'

/** docs/api-support.md, out of the tables of routes. */
export function apiSupportPage(): string {
  const lists = Object.entries(refusedResources)
  const named = (rows: readonly (readonly [string, unknown])[]): string =>
    rows.map(([name]) => `\`${name}\``).join(', ')
  return `<!-- Generated from the tables of routes in store/http by \`npm run generate\`. -->
# HTTP API of the embedded store

The addresses of InfluxDB 2 (and 1.x) that the embedded store answers, as InfluxDB 2.9.1 does where nothing else is said: same status, same
JSON, same words in errors. \`npm run contract\` replays what a real server answered and lists what differs. The store says of itself
\`X-Influxdb-Version: v2.9.1+embedded\`. What is not kept is refused by name with 501 \`not implemented\`, so that it does not look like a
typing error; what InfluxDB does not have either is 404.

## Without a token

${tableOf(openRoutes)}

## Write, query, delete

${tableOf(actions)}

- **Query**: \`Prefer: return-no-content\` and \`return-no-content-with-error\` as InfluxDB has them; answers from 1400 bytes on are
  compressed for who accepts gzip; a query ends when its client leaves. What fails before the first byte is an HTTP error, later an error
  table at the end. A query that needs more time, rows or memory than it may is refused with words that say so (503 \`unavailable\`), and
  writes go on meanwhile.
- **Write**: the order of checks is InfluxDB's: precision, organization, bucket, permission, gzip, lines. \`\\r\` is no line end. Fields that
  InfluxDB reads in two ways (a name that ends with a backslash) are refused, and so are lines with bytes that are no UTF-8,
  which InfluxDB keeps as they come.
- **Delete**: \`OR\`, regular expressions and \`_field = …\` are refused as by InfluxDB.

## Resources

${tableOf(resources)}

A wrong method is 405 with an empty body, an unknown address below one of these 404. Permissions are InfluxDB's: of organizations, buckets,
users, tokens.

## InfluxDB 1.x

${tableOf(v1Routes)}

## Refused by name

- Resources whose list is empty, and whose every other request is refused: ${named(lists.filter(([, list]) => list !== null))}.
- Resources that are refused altogether: ${named(lists.filter(([, list]) => list === null))}.
- ${[...Object.entries(refusedOpenly), ...Object.entries(refusedRoutes)].map(([path, what]) => `\`${pathIn(path)}\`: ${what}`).join('\n- ')}

## What differs on purpose

- \`/metrics\` has figures of this store; those of Go's run time would be made up.
- \`/api/v2\` names what is there.
- A script that reads an unknown bucket by its id gets 404 and the id; InfluxDB says 500 and nothing else.
- Broken data inside gzip is 500 as with InfluxDB, in zlib's words, not with Go's offset; an \`extern\` that is no tree lacks the column.
- Deleting the last user is refused: without one anybody could set the store up again.
- Points of a system bucket stay when its deletion is refused; InfluxDB drops them all the same.
- There are no shards: their durations are kept and told, and nothing else.
`
}

const tableOf = (rows: readonly Row[]): string =>
  [
    '| | address | |',
    '| --- | --- | --- |',
    ...rows.map(
      ([method, path, , words]) => `| ${method === 'ALL' ? 'any' : method} | \`${pathIn(path)}\` | ${words} |`,
    ),
  ].join('\n')

/** `/api/v2/orgs/:id/:role{members|owners}` as people write it; a bar would end a cell of the table. */
const pathIn = (path: string): string =>
  path
    .replace(/:\w+\{([^}]*)\}/g, (_, alternatives: string) => alternatives.replaceAll('|', ' / '))
    .replace(/:(\w+)\?/g, '[$1]')
    .replace(/:id\b/g, 'ID')
