import { Column } from '../column.ts'
import { compareStrings, GroupKey } from '../group-key.ts'
import type { BucketInfo } from '../source.ts'
import { makeStream } from '../stream.ts'
import { Table } from '../table.ts'
import { define } from './define.ts'

/** The buckets that the token may read. Grafana's check of a data source is this call. */
export default define({
  package: '',
  name: 'buckets',
  parameters: [],
  note: 'lists this store only: host, org, orgID and token are refused',
  call: (_args, context) =>
    makeStream(context, 'buckets', function* () {
      const byOrganization = new Map<string, BucketInfo[]>()
      for (const bucket of context.source.buckets().filter(({ readable }) => readable !== false)) {
        const others = byOrganization.get(bucket.orgId)
        if (others === undefined) byOrganization.set(bucket.orgId, [bucket])
        else others.push(bucket)
      }
      for (const [orgId, buckets] of byOrganization) yield tableOf(orgId, buckets)
    }),
})

function tableOf(orgId: string, buckets: readonly BucketInfo[]): Table {
  const sorted = [...buckets].sort((a, b) => compareStrings(a.name, b.name))
  const strings = (label: string, of: (bucket: BucketInfo) => string): Column =>
    Column.from(label, 'string', sorted.map(of))
  return Table.of(new GroupKey([{ label: 'organizationID', type: 'string', value: orgId }]), [
    strings('name', ({ name }) => name),
    strings('id', ({ id }) => id),
    Column.constant('organizationID', 'string', orgId, sorted.length),
    strings('retentionPolicy', () => ''),
    Column.from(
      'retentionPeriod',
      'int',
      sorted.map(({ retentionNs }) => retentionNs),
    ),
  ])
}
