import { analyze } from './analyze.ts'
import * as authorizations from './authorizations.ts'
import * as buckets from './buckets.ts'
import * as dbrps from './dbrps.ts'
import { deletePoints } from './delete.ts'
import * as orgs from './orgs.ts'
import type { Call, Parts } from './parts.ts'
import { directory, health, metrics, ping, ready } from './probes.ts'
import { query } from './query.ts'
import { queryV1 } from './query-v1.ts'
import * as refused from './refused.ts'
import { isSetupAllowed, postSetup } from './setup.ts'
import * as users from './users.ts'
import { write, writeV1 } from './write.ts'

export type Route = (c: Call, parts: Parts) => Response | Promise<Response>

/** Method, address, what answers, and for docs/api-support.md what it does and what differs from InfluxDB. */
export type Row = readonly [
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'ALL',
  path: string,
  route: Route,
  words: string,
]

/** What needs no token. */
export const openRoutes: readonly Row[] = [
  ['ALL', '/health', (_, parts) => health(parts), 'that the store is there; `commit` is `embedded`'],
  ['ALL', '/ready', (_, parts) => ready(parts), 'since when'],
  ['GET', '/ping', () => ping(), '204; GET and HEAD'],
  ['GET', '/metrics', (_, parts) => metrics(parts), 'Prometheus text: figures of this store, none of Go’s'],
  ['GET', '/api/v2', () => directory(), 'where things are: of InfluxDB’s directory what is there'],
  ['GET', '/api/v2/setup', (_, parts) => isSetupAllowed(parts), 'whether the store was never set up'],
  [
    'POST',
    '/api/v2/setup',
    postSetup,
    'the first user, organization, bucket and token; the password is checked and not kept, and `retentionPeriodHrs` is refused',
  ],
]

/** What takes POST alone, and says so. */
export const actions: readonly Row[] = [
  [
    'POST',
    '/api/v2/write',
    write,
    'line protocol, plain or gzip, at most 512 MB; 204 once the points are durable; 400 with nothing stored for a line that does not parse; 422 with the rest stored for a point that does not fit',
  ],
  [
    'POST',
    '/api/v2/query',
    query,
    'Flux in, annotated CSV out as it is made; what of Flux is in docs/flux-support.md; a script as a syntax tree (`ast`) is refused; an unknown `bucketID` is 404 with its id, not 500',
  ],
  ['POST', '/api/v2/delete', deletePoints, 'a time range and a predicate on tags and measurement'],
]

/** Resources: a wrong method on one of these addresses is 405. */
export const resources: readonly Row[] = [
  ['GET', '/api/v2/me', users.me, 'whose token it is'],
  ['GET', '/api/v2/users', users.listUsers, 'by `name` or `id`'],
  ['POST', '/api/v2/users', users.postUser, 'somebody whom tokens can belong to; there are no passwords'],
  ['GET', '/api/v2/users/:id', users.getUser, 'one'],
  ['PATCH', '/api/v2/users/:id', users.patchUser, 'name and status; an inactive user’s tokens are worth nothing'],
  ['DELETE', '/api/v2/users/:id', users.deleteUser, 'with the user’s tokens; the last user stays'],
  [
    'GET',
    '/api/v2/buckets',
    buckets.listBuckets,
    'by `org`, `orgID`, `name`, `id`; page by page; `sortBy` is taken and not looked at',
  ],
  [
    'POST',
    '/api/v2/buckets',
    buckets.postBucket,
    'with a retention; shard durations are kept and told, storage has no shards',
  ],
  ['GET', '/api/v2/buckets/:id', buckets.getBucket, 'one'],
  [
    'PATCH',
    '/api/v2/buckets/:id',
    buckets.patchBucket,
    'name, description, retention; points that are too old then go at once',
  ],
  ['DELETE', '/api/v2/buckets/:id', buckets.deleteBucket, 'with its points; a system bucket keeps them'],
  ['GET', '/api/v2/buckets/:id/:part{members|owners|labels}', refused.bucketParts, 'empty lists'],
  ['GET', '/api/v2/orgs', orgs.listOrgs, 'by `org` or `orgID`'],
  ['POST', '/api/v2/orgs', orgs.postOrg, 'with its system buckets'],
  ['GET', '/api/v2/orgs/:id', orgs.getOrg, 'one'],
  ['PATCH', '/api/v2/orgs/:id', orgs.patchOrg, 'name and description'],
  ['DELETE', '/api/v2/orgs/:id', orgs.deleteOrg, 'with its buckets, points and tokens'],
  ['GET', '/api/v2/orgs/:id/:role{members|owners}', orgs.orgMembers, 'the first user owns every organization'],
  ['GET', '/api/v2/orgs/:id/secrets', orgs.orgSecrets, 'an empty list'],
  ['GET', '/api/v2/authorizations', authorizations.listAuthorizations, 'by user and organization, without the tokens'],
  [
    'POST',
    '/api/v2/authorizations',
    authorizations.postAuthorization,
    'the token is shown this once; its SHA-256 is kept',
  ],
  ['GET', '/api/v2/authorizations/:id', authorizations.getAuthorization, 'one'],
  ['PATCH', '/api/v2/authorizations/:id', authorizations.patchAuthorization, 'status and description'],
  ['DELETE', '/api/v2/authorizations/:id', authorizations.deleteAuthorization, 'one'],
  ['GET', '/api/v2/dbrps', dbrps.listDbrps, 'databases and policies of 1.x and their buckets'],
  ['POST', '/api/v2/dbrps', dbrps.postDbrp, 'who may write the bucket may map it'],
  ['GET', '/api/v2/dbrps/:id', dbrps.getDbrp, 'one'],
  ['PATCH', '/api/v2/dbrps/:id', dbrps.patchDbrp, 'its policy, and whether it is the default one'],
  ['DELETE', '/api/v2/dbrps/:id', dbrps.deleteDbrp, 'one that was made'],
  ['POST', '/api/v2/query/analyze', analyze, 'where a script of up to 256 kB does not parse'],
  ['GET', '/api/v2/flags', () => refused.flags(), 'none'],
  ['GET', '/api/v2/resources', () => refused.resourceNames(), 'what a permission can be about'],
]

/** Paths of InfluxDB 1.x; a token comes as `u` and `p`, Basic or `Token`. */
export const v1Routes: readonly Row[] = [
  ['POST', '/write', writeV1, 'as `/api/v2/write`, into the bucket that stands for `db` and `rp`'],
  ['GET', '/query', queryV1, 'InfluxQL is refused by name within an answer 200'],
  ['POST', '/query', queryV1, 'the same; `CREATE DATABASE` is answered as InfluxDB does, which is what Telegraf needs'],
]
