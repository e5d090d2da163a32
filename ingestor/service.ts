import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { type Clock, systemClock } from '../lib/clock.ts'
import { openDataFolder } from '../lib/data-folder.ts'
import { BodyRoom } from '../lib/http/body-room.ts'
import { type InfluxAt, InfluxRequests } from '../lib/http/influx-request.ts'
import { keepAliveMs, listen } from '../lib/http/listen.ts'
import { InfluxClient } from '../lib/influx/client.ts'
import type { Plant } from '../lib/plant/model.ts'
import { bucketNames } from '../lib/schema/buckets.ts'
import { settings } from '../lib/settings.ts'
import { ContextStore } from './context/context-store.ts'
import { Pseudonyms } from './context/pseudonyms.ts'
import { type CorrectionOptions, Corrections, openCorrectionFiles } from './corrections/corrections.ts'
import { machinesOf, placesOf } from './corrections/told.ts'
import { DeadLetterStore } from './dead-letters/store.ts'
import { readDelivered } from './delivery/delivered.ts'
import { Delivery, defaultDeliveryOptions } from './delivery/delivery.ts'
import { DropOldest } from './delivery/drop-oldest.ts'
import { createSend } from './delivery/send.ts'
import { tellUnknownBuckets } from './delivery/unknown-buckets.ts'
import { Destinations } from './destination.ts'
import { EventReader } from './events/event-kinds.ts'
import { EventTimes } from './events/event-times.ts'
import { eventRequests } from './http/event-requests.ts'
import { createRoutes } from './http/routes.ts'
import { WriteConnections } from './http/write-connections.ts'
import { WriteRequests, writeRequests } from './http/write-requests.ts'
import { Intake } from './intake/intake.ts'
import { LearnedTypes } from './intake/learned-types.ts'
import { Machines } from './intake/machines.ts'
import { Ranges } from './intake/ranges.ts'
import type { SeriesLimits } from './intake/sender-book.ts'
import { startLateMarks } from './late/late-marks.ts'
import { LateReadings } from './late/late-readings.ts'
import { openDiskFolder } from './log/disk.ts'
import type { LogFolder } from './log/files.ts'
import { DurableLog } from './log/log.ts'
import { defaultLogOptions } from './log/log-options.ts'
import { Quarantine } from './quarantine/quarantine.ts'
import { startReports } from './reports/start-reports.ts'
import { TokenStore } from './tokens/token-store.ts'

export interface IngestorLimits {
  readonly bodyBytesMax: number
  readonly bodiesBytesMax: number
  readonly inflatedBytesMax: number
  readonly inflatedRatioMax: number
  readonly lineErrorsMax: number
  readonly storeTimeoutMs: number
  readonly logQuotaMb: number
  /** Buckets whose oldest data goes at the quota; true: every one. */
  readonly logDropOldest: boolean | readonly string[]
  readonly lineBytesMax: number
  readonly tagsMax: number
  readonly seriesPerTokenMax: number
  readonly seriesPerMachineMax: number
  readonly aheadMaxSeconds: number
  readonly requestTimeoutMs: number
  readonly connectionsMax: number
  readonly reportEveryMs: number
}

const limitNames = [
  'bodyBytesMax',
  'bodiesBytesMax',
  'inflatedBytesMax',
  'inflatedRatioMax',
  'lineErrorsMax',
  'storeTimeoutMs',
  'logQuotaMb',
  'logDropOldest',
  'lineBytesMax',
  'tagsMax',
  'seriesPerTokenMax',
  'seriesPerMachineMax',
  'aheadMaxSeconds',
  'requestTimeoutMs',
  'connectionsMax',
  'reportEveryMs',
] as const satisfies readonly (keyof IngestorLimits)[]

type LimitValue = number | boolean | readonly string[]

/** The limits among all settings. */
export const limitsOf = (values: Readonly<Record<keyof IngestorLimits, LimitValue>>): IngestorLimits =>
  Object.fromEntries(limitNames.map((name) => [name, values[name]])) as unknown as IngestorLimits

export const defaultLimits: IngestorLimits = limitsOf(
  Object.fromEntries(limitNames.map((name) => [name, settings[name].fallback])) as Record<
    keyof IngestorLimits,
    LimitValue
  >,
)

export interface IngestorOptions {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** The ingestor's own folder. */
  readonly dataDir: string
  /** The store it delivers to. */
  readonly influx: InfluxAt
  /** Who has it may do everything. */
  readonly operatorToken: string
  /** null: no plausible ranges. */
  readonly plant?: Plant | null
  readonly limits?: IngestorLimits
  readonly version?: string
  readonly clock?: Clock
  readonly log?: (line: string) => void
  /** Where the log, the dead letters and the context lie; tests give a file system with faults. */
  readonly folders?: (name: string) => Promise<LogFolder>
  /** Size of a log segment; tests take a small one. */
  readonly segmentBytes?: number
  /** Tests take small slices, and stop corrections half-way. */
  readonly corrections?: Pick<CorrectionOptions, 'sliceValuesMax' | 'onStep'>
  /** How often readings that came late are marked; tests do not wait as long. */
  readonly lateMarksEveryMs?: number
  /** Operators' names are kept as pseudonyms alone. */
  readonly pseudonymiseOperators?: boolean
}

export interface Ingestor {
  readonly url: string
  readonly port: number
  close(): Promise<void>
}

const keyBytesMax = 65_535 - 4_096
const saveEveryMs = 1_000
const retentionEveryMs = 60_000
const lateMarksEveryMs = 10_000

/** Starts the ingestor; it starts, and acknowledges, whether or not its store was ever reached. */
export async function startIngestor(options: IngestorOptions): Promise<Ingestor> {
  const { dataDir } = options
  const folder = await openDataFolder(dataDir, { part: 'ingestor', format: 1 })
  const opened: (() => Promise<void>)[] = [() => folder.release()]
  const undo = async (): Promise<void> => {
    for (const close of opened.splice(0).reverse()) await close()
  }
  try {
    return await open(options, opened, undo)
  } catch (error) {
    await undo()
    throw error
  }
}

async function open(
  options: IngestorOptions,
  opened: (() => Promise<void>)[],
  undo: () => Promise<void>,
): Promise<Ingestor> {
  const { dataDir, influx, limits = defaultLimits, clock = systemClock, log: say = console.error } = options
  const folderOf = options.folders ?? ((name) => openDiskFolder(join(dataDir, name)))
  const cursorPath = join(dataDir, 'delivered')
  const { delivered, late: keptLate } = await readDelivered(cursorPath)
  const correctionFiles = await openCorrectionFiles(dataDir)
  // Points of these records have been corrected since: sent again, they would bring back what was wrong.
  const { deliveredAtLeast } = correctionFiles.progress
  if (delivered.watermark < deliveredAtLeast) delivered.add(delivered.watermark + 1, deliveredAtLeast)
  let delivery: Delivery | null = null
  const dropped = new DropOldest({
    buckets: limits.logDropOldest === true || limits.logDropOldest === false ? true : limits.logDropOldest,
    delivered,
    doneUpTo: () => delivery?.deliveredForGood ?? 0,
    isHeld: (first, last) => delivery?.holds(first, last) ?? false,
    say,
  })
  const log: DurableLog = await DurableLog.open(await folderOf('log'), {
    ...defaultLogOptions,
    segmentBytes: options.segmentBytes ?? defaultLogOptions.segmentBytes,
    quotaBytes: limits.logQuotaMb * 2 ** 20,
    ...(limits.logDropOldest === false ? {} : { giveUp: dropped }),
  })
  opened.push(() => log.close())
  const { missingRecords, tornBytes, givenUp } = log.recovery
  if (missingRecords > 0) say(`the log has lost ${missingRecords} records to damage; the others are whole`)
  if (tornBytes > 0) say(`the log ended in ${tornBytes} bytes that were never acknowledged`)
  dropped.tellEarlier(givenUp)
  const letters = await DeadLetterStore.open(await folderOf('dead-letters'))
  opened.push(() => letters.close())
  const context = await ContextStore.open(await folderOf('context'), correctionFiles.progress.finished)
  opened.push(() => context.close())
  const pseudonyms = options.pseudonymiseOperators ? await Pseudonyms.open(join(dataDir, 'operators.key')) : null
  const types = await LearnedTypes.open(join(dataDir, 'field-types.jsonl'))
  const tokens = await TokenStore.open(join(dataDir, 'tokens.json'), options.operatorToken)
  const buckets = bucketNames(influx.bucket)
  const energyTimes = await EventTimes.open(join(dataDir, 'event-times.jsonl'))
  const events = new EventReader(energyTimes, await EventTimes.open(null))
  const series: SeriesLimits = { ...limits, keyBytesMax }
  const room = new BodyRoom(limits.bodiesBytesMax, () => intake.counters.unavailable++)
  const intake: Intake = new Intake({
    room,
    log,
    letters,
    clock,
    tools: {
      fieldTypes: types.types,
      machines: new Machines(context.book),
      ranges: new Ranges(options.plant ?? null),
      pseudonyms,
      aheadMaxSeconds: limits.aheadMaxSeconds,
      lineBytesMax: limits.lineBytesMax,
    },
    series,
    lineErrorsMax: limits.lineErrorsMax,
    quarantineBucket: buckets.quarantine,
    onRecovered: (payload) => energyTimes.recover(payload, 'energy_event'),
  })
  await intake.recover()

  const store = new InfluxRequests(influx, limits.storeTimeoutMs)
  opened.push(async () => store.close())
  const destinations = new Destinations({ org: influx.org, alwaysKnown: Object.values(buckets), store })
  const { send, close } = createSend({ ...influx, timeoutMs: limits.storeTimeoutMs, connectionsMax: 8 })
  opened.push(async () => close())
  if (typeof limits.logDropOldest === 'object') {
    const asking = new AbortController()
    const asked = tellUnknownBuckets({ names: limits.logDropOldest, destinations, clock, say, signal: asking.signal })
    opened.push(() => {
      asking.abort()
      return asked
    })
  }
  const late = new LateReadings(buckets.raw, clock, keptLate)
  delivery = new Delivery(
    log,
    delivered,
    cursorPath,
    async (bucket, precision, lines) => {
      const outcome = await send(bucket, precision, lines)
      if (outcome.kind !== 'hold' || outcome.status !== 404) return outcome
      // Nobody is told any longer that this bucket is there.
      destinations.forget(bucket)
      return (await destinations.isGone(bucket)) ? { kind: 'gone', reason: outcome.reason } : outcome
    },
    (some) => letters.add(some),
    clock,
    defaultDeliveryOptions,
    late,
  )
  const influxClient = new InfluxClient(influx, limits.storeTimeoutMs)
  opened.push(async () => influxClient.close())
  const corrections = new Corrections(correctionFiles, {
    context,
    intake,
    log,
    delivery,
    influx: influxClient,
    send,
    layDown: (some) => letters.add(some),
    buckets,
    placeOf: placesOf(options.plant ?? null),
    clock,
    say,
    ...options.corrections,
  })
  const running = delivery
  await corrections.start()
  running.start()
  opened.push(() => running.stop())
  opened.push(() => corrections.stop())
  const marks = startLateMarks({
    late,
    log,
    delivery: running,
    influx,
    bucket: buckets.derived,
    everyMs: options.lateMarksEveryMs ?? lateMarksEveryMs,
    clock,
    say,
  })
  opened.push(() => marks.stop())

  const keep = setInterval(() => {
    void types.save().catch((error: unknown) => say(`field types: ${String(error)}`))
    void energyTimes.save().catch((error: unknown) => say(`times of events: ${String(error)}`))
  }, saveEveryMs)
  const expire = setInterval(() => void letters.enforceRetention(clock.nowNs()).catch(() => {}), retentionEveryMs)
  opened.push(async () => {
    clearInterval(keep)
    clearInterval(expire)
    await types.save().catch(() => {})
    await energyTimes.save().catch(() => {})
  })

  const quarantine = new Quarantine({
    influx: influxClient,
    log,
    delivery,
    buckets,
    clock,
    context: { version: () => context.book.version, isBeingCorrected: () => corrections.waiting > 0 },
    dropped,
  })

  const reports =
    limits.reportEveryMs === 0
      ? null
      : startReports({
          influx,
          bucket: buckets.derived,
          everyMs: limits.reportEveryMs,
          intake,
          delivery,
          letters,
          tokens,
          log,
          dropped,
          clock,
          say,
        })
  opened.push(async () => reports?.stop())

  const app = createRoutes({
    room,
    canary: reports?.canary ?? null,
    quarantine,
    intake,
    delivery,
    letters,
    events,
    context,
    corrections,
    pseudonyms,
    plantMachines: machinesOf(options.plant ?? null),
    tokens,
    log,
    dropped,
    clock,
    startedMs: Date.now(),
    version: options.version ?? 'unknown',
    say,
  })
  const others = getRequestListener(app.fetch)
  const taking = { intake, tokens, destinations, limits, room, log: say }
  const ofEvents = eventRequests({ ...taking, reader: events, clock, org: influx.org, rawBucket: buckets.raw }, others)
  const writes = new WriteRequests(taking)
  const { requestTimeoutMs } = limits
  const listener = writeRequests(writes, ofEvents)
  const listening = await listen(listener, {
    host: options.host,
    port: options.port,
    what: 'ingestor',
    requestTimeoutMs,
    connectionsMax: limits.connectionsMax,
    front: new WriteConnections({ requests: writes, requestTimeoutMs, keepAliveMs }),
  })
  opened.push(() => listening.close(2_000))
  return { url: listening.url, port: listening.port, close: undo }
}
