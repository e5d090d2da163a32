import type { Clock } from '../../lib/clock.ts'
import type { BodyRoom } from '../../lib/http/body-room.ts'
import type { DeadLetterStore } from '../dead-letters/store.ts'
import type { Delivery } from '../delivery/delivery.ts'
import type { Dropped } from '../delivery/drop-oldest.ts'
import { waitingBytes } from '../delivery/waiting.ts'
import type { Intake } from '../intake/intake.ts'
import type { DurableLog } from '../log/log.ts'
import type { Canary } from '../reports/canary.ts'
import { lagSeconds } from '../reports/reporter.ts'

export interface MetricSources {
  readonly intake: Intake
  readonly delivery: Delivery
  readonly letters: DeadLetterStore
  readonly log: DurableLog
  readonly dropped: Dropped
  readonly room: BodyRoom
  /** null: the ingestor does not report about itself. */
  readonly canary: Canary | null
  readonly clock: Clock
}

type Row = readonly [labels: Readonly<Record<string, string>>, value: number]

/** The ingestor's counters as Prometheus reads them (text format 0.0.4). */
export function metricsText(sources: MetricSources): string {
  const { intake, delivery, letters, log, dropped, room, canary, clock } = sources
  const { counters } = intake
  const lines: string[] = []
  const metric = (name: string, type: 'counter' | 'gauge', help: string, rows: readonly Row[]): void => {
    lines.push(`# HELP plantwatch_ingestor_${name} ${help}`, `# TYPE plantwatch_ingestor_${name} ${type}`)
    for (const [labels, value] of rows) {
      const inside = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`)
      lines.push(`plantwatch_ingestor_${name}${inside.length > 0 ? `{${inside.join(',')}}` : ''} ${value}`)
    }
  }
  const one = (value: number): readonly Row[] => [[{}, value]]
  metric('requests_total', 'counter', 'write requests', one(counters.requests))
  metric('lines_accepted_total', 'counter', 'lines acknowledged and on disk', one(counters.linesAccepted))
  metric('lines_quarantined_total', 'counter', 'lines out of their plausible range', one(counters.linesQuarantined))
  metric('bytes_accepted_total', 'counter', 'bytes of acknowledged requests', one(counters.bytesAccepted))
  metric(
    'lines_dropped_total',
    'counter',
    "undelivered lines that the log's quota took, by bucket",
    [...dropped.byBucket].map(([bucket, count]) => [{ bucket }, count]),
  )
  metric('unavailable_total', 'counter', 'requests answered 503', one(counters.unavailable))
  metric('bodies_bytes', 'gauge', 'memory of bodies that are on their way in or to the disk', one(room.bytes))
  metric('bodies_refused_total', 'counter', 'requests answered 503 for want of that memory', one(room.refused))
  metric(
    'dead_letters_total',
    'counter',
    'bad lines by reason',
    [...counters.refused].map(([reason, count]) => [{ reason }, count]),
  )
  metric(
    'dead_letters_open',
    'gauge',
    'dead letters that wait for somebody',
    [...letters.openByReason()].map(([reason, count]) => [{ reason }, count]),
  )
  metric('dead_letters_dropped_total', 'counter', 'dead letters that retention took', one(letters.droppedByRetention))
  metric('log_bytes', 'gauge', 'disk that the log takes', one(log.bytesOnDisk))
  metric('log_sync_failures_total', 'counter', 'commits that the disk refused', one(log.syncFailures))
  metric(
    'log_missing_records',
    'gauge',
    'records lost to damage before the last start',
    one(log.recovery.missingRecords),
  )
  metric('log_available', 'gauge', 'whether the log takes records', one(log.obstacle === null ? 1 : 0))
  metric('delivery_lag_records', 'gauge', 'records on disk that the store has not yet', one(delivery.lagRecords))
  metric(
    'late_readings_total',
    'counter',
    'readings that came to the store so late that jobs may have missed them',
    one(delivery.late?.count ?? 0),
  )
  metric(
    'delivery_lag_seconds',
    'gauge',
    'how long the oldest of them has been waiting',
    one(lagSeconds(delivery, clock.nowNs())),
  )
  metric(
    'delivery_waiting_bytes',
    'gauge',
    'bytes of the log that wait for delivery',
    one(waitingBytes(log.segments, delivery.delivered)),
  )
  if (canary !== null)
    metric(
      'canary_age_seconds',
      'gauge',
      "age of the newest of the ingestor's own points that the store gave back; since the start where it gave none",
      one(canary.ageSeconds),
    )
  metric('delivery_lines_total', 'counter', 'lines the store has taken', one(delivery.counters.linesStored))
  metric('delivery_requests_total', 'counter', 'requests to the store', one(delivery.counters.requests))
  metric('delivery_retries_total', 'counter', 'requests that had to be repeated', one(delivery.counters.retries))
  metric(
    'delivery_refused_total',
    'counter',
    'lines the store refused three times alone',
    one(delivery.counters.linesRefused),
  )
  metric('delivery_trouble', 'gauge', 'whether delivery stands still', one(delivery.trouble === null ? 0 : 1))
  metric(
    'series',
    'gauge',
    'series by token',
    [...intake.budgets].map(([token, budget]) => [{ token }, budget.used]),
  )
  metric(
    'series_refused_total',
    'counter',
    'lines refused by the series budget, by token',
    [...intake.budgets].map(([token, budget]) => [{ token }, budget.refused]),
  )
  return `${lines.join('\n')}\n`
}

const escaped = (text: string): string => text.replace(/[\\"\n]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`))
