import { type RenderStyle, renderEnergyEvent } from '../lib/energy-event/render.ts'
import type { Plant } from '../lib/plant/model.ts'
import { machineLife } from './life/machine-life.ts'
import { machineProfiles } from './life/machine-profile.ts'
import { mix, stream } from './life/noise.ts'
import { type Batch, LineWriter } from './lines.ts'
import { machineFeed } from './machine-feed.ts'
import { hallOf } from './readings/climate.ts'
import { activationsOf } from './readings/rooms.ts'

const minuteMs = 60_000

/** Raised whenever a point would come out differently: what was sent before does not count as sent any more. */
const version = 1

/** One operator at one lot of a machine in [fromMs, toMs), whole ms since 1970. */
export interface PlantInterval {
  readonly machine: string
  readonly fromMs: number
  readonly toMs: number
  readonly lot: string
  readonly product: string
  readonly operator: string
  readonly order: string
}

/**
 * The demo plant. Every point is a pure function of plant model, seed and absolute time: windows asked for in any order, twice,
 * or by another process give the same points. Times are whole ms since 1970, windows half open.
 */
export interface DemoPlant {
  /** Names plant model, seed and version in eight hexadecimal digits. */
  readonly run: string
  /** All points at full minutes, and the events, in batches of about `linesPerBatch`. */
  history(fromMs: number, toMs: number, linesPerBatch?: number): Generator<Batch, void>
  /** The same and besides state, power and temperatures every `everyMs`. */
  live(fromMs: number, toMs: number, everyMs: number): Batch
  /** What ran on the machines, by intervals that begin in [fromMs, toMs): at most a day long, disjoint, by machine and start. */
  contextIntervals(fromMs: number, toMs: number): readonly PlantInterval[]
  /** The energy sensors' events as the dirty text they send, one line each, in order. */
  energyEventTexts(fromMs: number, toMs: number, style?: RenderStyle): readonly string[]
}

/** @param seed any whole number */
export function demoPlant(plant: Plant, seed: number): DemoPlant {
  const halls = new Map(plant.sites.map((site) => [site.id, hallOf(site, seed)]))
  const lives = machineProfiles(plant.sites, seed).map(machineLife)
  const machines = lives.map((life) => machineFeed(life, halls.get(life.profile.site.id)!))
  const rooms = plant.sites.flatMap((site) =>
    site.rooms.map((room) => ({
      series: `room_activation,room=${room.id},sensor=${room.sensor},site=${site.id}`,
      between: activationsOf(site, room, seed),
    })),
  )
  const run = (mix(stream(seed, 'run', JSON.stringify(plant)), version) >>> 0).toString(16).padStart(8, '0')

  const roomLines = (writer: LineWriter, fromMs: number, toMs: number): void => {
    for (const { series, between } of rooms)
      for (const ms of between(fromMs, toMs)) writer.line(series, 'activated=1i', ms)
  }
  const firstAt = (fromMs: number, stepMs: number): number => Math.ceil(fromMs / stepMs) * stepMs

  return {
    run,
    *history(fromMs, toMs, linesPerBatch = 5_000) {
      const writer = new LineWriter()
      roomLines(writer, fromMs, toMs)
      for (const machine of machines) {
        machine.events(writer, fromMs, toMs)
        for (let ms = firstAt(fromMs, minuteMs); ms < toMs; ms += minuteMs) {
          machine.minute(writer, ms)
          if (writer.lineCount >= linesPerBatch) yield writer.take()
        }
      }
      if (writer.lineCount > 0) yield writer.take()
    },
    live(fromMs, toMs, everyMs) {
      const writer = new LineWriter()
      roomLines(writer, fromMs, toMs)
      for (const machine of machines) {
        machine.events(writer, fromMs, toMs)
        for (let ms = firstAt(fromMs, minuteMs); ms < toMs; ms += minuteMs) machine.minute(writer, ms)
        for (let ms = firstAt(fromMs, everyMs); ms < toMs; ms += everyMs)
          if (ms % minuteMs !== 0) machine.fast(writer, ms)
      }
      return writer.take()
    },
    contextIntervals: (from, to) =>
      lives.flatMap(({ profile, runs }) =>
        runs(from, to).map(({ fromMs, toMs, operator, lot }) => ({
          machine: profile.machine.id,
          fromMs,
          toMs,
          lot: lot.name,
          product: lot.product,
          operator,
          order: lot.order,
        })),
      ),
    energyEventTexts: (fromMs, toMs, style) =>
      machines.flatMap((machine) => machine.energyEvents(fromMs, toMs).map((event) => renderEnergyEvent(event, style))),
  }
}
