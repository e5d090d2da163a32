import type { StoreEngine } from './engine.ts'
import { findBucket, limitsOf } from './metadata/buckets.ts'
import type { Metadata } from './metadata/metadata.ts'

/** Refused points leave a note in the organization's bucket `_monitoring`, where whoever watches it looks. */
export async function noteRefusal(
  { engine, metadata }: { readonly engine: StoreEngine; readonly metadata: Metadata },
  orgId: string,
  reason: string,
  nowNs: bigint,
): Promise<void> {
  const monitoring = findBucket(metadata, orgId, '_monitoring')
  if (monitoring === undefined) return
  const note = { measurement: 'write_errors', tags: [], fields: [['error', reason]], timeNs: nowNs } as const
  await engine.writer.writePoints(limitsOf(monitoring), [note], nowNs)
}
