import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { describeField } from '../schema/measurements.ts'
import type { EnergyEvent } from './energy-event.ts'
import { energyEventFields } from './fields.ts'
import { parseEnergyEvent } from './parse.ts'
import { type RenderStyle, renderEnergyEvent } from './render.ts'

const accepted = (text: string): EnergyEvent => {
  const parsed = parseEnergyEvent(text)
  if ('rejected' in parsed) throw new Error(`${parsed.rejected.reason} at ${parsed.rejected.offset}`)
  return parsed.accepted
}
const rejected = (text: string): string => {
  const parsed = parseEnergyEvent(text)
  if ('accepted' in parsed) throw new Error('accepted')
  return `${parsed.rejected.reason} @ ${text.slice(parsed.rejected.offset, parsed.rejected.offset + 8)}`
}

const documented =
  'Device: ID=10; Fw=17010203; Evt=2; Alarms: CoilReversed=ON; Power: Active=289W; Reactive=279var; Apparent=403VA; ' +
  'Line: Current=1.75A; Voltage=230.08V; Phase=-0.67rad; Peaks: 1041.000; 1051.000; 1058.000; FFT Re: -257863.0; 12; ' +
  'FFT Img: 481910.0; UTC Time: 2016-07-28 09:05:07; hz: 49.87; WiFi Strength: -62; Dummy: 20'

describe('an energy event', () => {
  it('is read as documented', () => {
    expect(accepted(documented)).toEqual({
      device: '10',
      firmware: '17010203',
      event: 2,
      coilReversed: true,
      activePowerW: 289,
      reactivePowerVar: 279,
      apparentPowerVa: 403,
      currentA: 1.75,
      voltageV: 230.08,
      phaseRad: -0.67,
      peaks: [1041, 1051, 1058],
      fftRe: [-257863, 12],
      fftIm: [481910],
      timeNs: BigInt(Date.UTC(2016, 6, 28, 9, 5, 7)) * 1_000_000n,
      frequencyHz: 49.87,
      wifiStrengthDbm: -62,
      other: { dummy: '20' },
    })
  })

  it('is the same with misspelt keys, a decimal comma, tight lists, an unpadded day and no unit', () => {
    const sent = documented
      .replace('CoilReversed', 'CoilRevesed')
      .replace('Apparent', 'Appearent')
      .replace('-0.67', '-0,67')
      .replace('1.75A', '1.75000')
      .replaceAll('; 10', ';10')
      .replace('2016-07-28 09:05:07', '2016-7-28 9:5:7')
    expect(accepted(sent)).toEqual(accepted(documented))
  })

  it('takes = for : and : for =, keys in any case, and semicolons too many at the end', () => {
    expect(
      accepted('device: id: 7; hz=50.02; power: active: 3W; wifi strength=-40; utc time=2020-1-2 3:4:5; Peaks:;'),
    ).toMatchObject({ device: '7', frequencyHz: 50.02, activePowerW: 3, wifiStrengthDbm: -40, peaks: [] })
  })

  it('says null for what the text does not say', () => {
    expect(accepted('Device: ID=1; Power: Active=0W')).toMatchObject({
      activePowerW: 0,
      reactivePowerVar: null,
      timeNs: null,
      firmware: null,
      coilReversed: null,
      fftRe: [],
    })
  })

  it('brings prefixed units to the field’s own', () => {
    const event = accepted('Device: ID=1; Power: Active=1.5kW; Line: Current=250 mA; Phase=180deg; Voltage=0,23kV')
    expect(event).toMatchObject({ activePowerW: 1500, currentA: 0.25, voltageV: 230, phaseRad: Math.PI })
    expect(accepted('Device: ID=1; Power: Active=2MW').activePowerW).toBe(2e6)
    expect(accepted('Device: ID=1; Power: Active=2mW').activePowerW).toBe(0.002)
  })

  it('keeps unknown keys with their text, lists and sections of them too', () => {
    expect(
      accepted(
        'Device: ID=1; Slot=4; Power: Active=1W; Factor=0,9; Tilt: 3;4;5; Env: Temp=21C; Humid=40; Note: 12:30 ok',
      ).other,
    ).toEqual({
      device_slot: '4',
      power_factor: '0,9',
      tilt: '3;4;5',
      env_temp: '21C',
      env_humid: '40',
      note: '12:30 ok',
    })
    expect(Object.keys(accepted('Device: ID=1; Power: Active=1W; constructor: x').other)).toEqual(['constructor'])
  })

  it('is rejected with reason and place where it is malformed', () => {
    expect(rejected('Device: ID=1; Power: Active=17S3W')).toBe('Active: "17S3W" is no number @ 17S3W')
    expect(rejected('Device: ID=1; Power: Active=3J')).toBe('Active: "J" is no unit of it (known: W, kW, MW, mW) @ 3J')
    expect(rejected('Device: ID=1; Power: Active=1,234.5W')).toMatch('is no number @ 1,234.5W')
    expect(rejected('Device: ID=1; Power: Active=')).toBe('Active: has no value @ ')
    expect(rejected('Device: ID=1; Power: Active=1W; Apparent=1VA; Appearent=2VA')).toBe(
      'Appearent: stands there twice @ 2VA',
    )
    expect(rejected('Device: ID=1; Peaks: 1;2;;4')).toBe('a value of a list is missing @ ;4')
    expect(rejected('Device: ID=1; Peaks: ;2')).toMatch('a value of a list is missing')
    expect(rejected('Device: ID=1; Peaks: 1;x2')).toBe('Peaks: "x2" is no number @ x2')
    expect(rejected('Device: ID=1; Power: Active=1W; UTC Time: 2016-2-30 1:2:3')).toMatch('is no time')
    expect(rejected('Device: ID=1; Power: Active=1W; UTC Time: 2016-2-3 24:2:3')).toMatch('is no time')
    expect(rejected('Device: ID=1; Power: Active=1W; UTC Time: 9999-12-31 0:0:0')).toMatch('is no time')
    expect(rejected('Device: ID=1; Alarms: CoilRevesed=MAYBE')).toMatch('is neither ON nor OFF @ MAYBE')
    expect(rejected('Device: ID=1; 17; Power: Active=1W')).toBe('"17" has no key @ 17; Powe')
    expect(rejected('Power: Active=1W')).toMatch('the event has no device ID')
    expect(rejected('Device: ID=1; hz: 50')).toMatch('has no power, current, voltage or peaks')
    expect(rejected('')).toMatch('no device ID')
  })

  it('takes a letter missing, doubled or swapped in a long key, and keeps what is further off', () => {
    expect(
      accepted('Device: ID=1; Power: Acitve=5W; Aparent=6VA; Line: Curent=7; Volttage=8; Alarms: CoilRevresed=ON'),
    ).toMatchObject({ activePowerW: 5, apparentPowerVa: 6, currentA: 7, voltageV: 8, coilReversed: true, other: {} })
    expect(accepted('Device: ID=1; Power: Active=5W; Line: Peak=6; Phase L1=7; Inactive=8').other).toEqual({
      line_peak: '6',
      line_phase_l1: '7',
      line_inactive: '8',
    })
  })

  it('is rejected where a comma or point may be one of thousands, and nothing in the event tells', () => {
    expect(rejected('Device: ID=1; Power: Active=1,753W; Line: Voltage=230.08V; Phase=-43,841rad')).toBe(
      'Active: "1,753W" may be 1753 or 1.753: send it without a separator of thousands @ 1,753W; ',
    )
    expect(rejected('Device: ID=1; Power: Active=1W; FFT Re: 5; -10,421')).toMatch('may be -10421 or -10.421')
    expect(rejected('Device: ID=1; Power: Active=1.753W; Line: Voltage=230,08V')).toMatch('may be 1753 or 1.753')
    expect(accepted('Device: ID=1; Power: Active=1,753kW; Line: Voltage=230,08V').activePowerW).toBe(1753)
    expect(accepted('Device: ID=1; Power: Active=1.753kW; Line: Current=7,359').activePowerW).toBe(1753)
    expect(accepted('Device: ID=1; Power: Active=1753,841W; Reactive=0,841var')).toMatchObject({
      activePowerW: 1753.841,
      reactivePowerVar: 0.841,
    })
  })

  it('is rejected where its time stands under another key: it would get the time of its arrival', () => {
    expect(rejected('Device: ID=1; Power: Active=1W; Local Time: 2016-10-4 16:47:50')).toBe(
      'Local Time: the time of an event is read from "UTC Time" alone @ 2016-10-',
    )
    const both = 'Device: ID=1; Power: Active=1W; Build Time: 2016-1-1 0:0:0; UTC: 2016-10-4 16:47:50'
    expect(accepted(both)).toMatchObject({
      timeNs: 1_475_599_670_000_000_000n,
      other: { build_time: '2016-1-1 0:0:0' },
    })
  })

  it('is rejected where another event begins in it', () => {
    expect(rejected(`${documented}${documented}`)).toBe('another event begins here: send one a line @ Device: ')
    expect(rejected(`${documented} Device: ID=2`)).toMatch('another event begins here')
    expect(rejected(`${documented}; ${documented}`)).toMatch('ID: stands there twice')
  })

  it('never throws, whatever the text', () => {
    const noise = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc
        .array(
          fc.constantFrom('Device:', 'ID=1', ';', 'Peaks:', '1,5', 'W', 'Active=', ' ', ':', '__proto__: 1', 'FFT Re'),
        )
        .map((parts) => parts.join('')),
    )
    fc.assert(
      fc.property(noise, (text) => {
        const parsed = parseEnergyEvent(text)
        if ('rejected' in parsed) expect(parsed.rejected.offset).toBeLessThanOrEqual(text.length)
      }),
      { numRuns: 2000 },
    )
  })
})

// With a comma, 1.234 might be 1234: such a number alone in an event is refused.
const finite = fc
  .double({ noNaN: true, noDefaultInfinity: true })
  .map((value) => value + 0)
  .filter((value) => !/^-?[1-9]\d{0,2}\.\d{3}$/.test(String(value)))
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { nil: null })
const text = fc.stringMatching(/^[A-Za-z0-9.+ -]*[A-Za-z0-9]$/).map((value) => `x${value}`)
const anyEvent: fc.Arbitrary<EnergyEvent> = fc.record({
  device: text,
  timeNs: maybe(fc.bigInt({ min: -2_000_000_000_000_000_000n, max: 4_000_000_000_000_000_000n })),
  firmware: maybe(text),
  event: maybe(fc.integer()),
  coilReversed: maybe(fc.boolean()),
  activePowerW: finite,
  reactivePowerVar: maybe(finite),
  apparentPowerVa: maybe(finite),
  currentA: maybe(finite),
  voltageV: maybe(finite),
  phaseRad: maybe(finite),
  frequencyHz: maybe(finite),
  wifiStrengthDbm: maybe(finite),
  peaks: fc.array(finite),
  fftRe: fc.array(finite, { maxLength: 40 }),
  fftIm: fc.array(finite),
  other: fc.dictionary(fc.stringMatching(/^x_[a-z0-9]{1,8}$/), text).map((other) => ({ ...other })),
})
const anyStyle: fc.Arbitrary<RenderStyle> = fc.record({
  misspelt: fc.boolean(),
  decimalComma: fc.constantFrom('phase', 'all', 'none'),
  listSeparator: fc.constantFrom(';', '; '),
  unitOnCurrent: fc.boolean(),
  paddedDate: fc.boolean(),
})

describe('the text of an energy event', () => {
  it('is read back as the event it was made of, in every style', () => {
    fc.assert(
      fc.property(anyEvent, anyStyle, (event, style) => {
        expect(accepted(renderEnergyEvent(event, style))).toEqual(event)
      }),
      { numRuns: 500 },
    )
  })
})

describe('the fields of an energy event', () => {
  it('are those of the table of measurements, with its types', () => {
    for (const { name, type } of energyEventFields(accepted(documented)))
      expect([name, describeField('energy_event', name)?.type]).toEqual([name, type])
  })

  it('leave out what the event does not say', () => {
    expect(energyEventFields(accepted('Device: ID=1; Power: Active=0W')).map(({ name }) => name)).toEqual([
      'active_power',
    ])
  })
})

const shared = process.env['PLANTWATCH_SHARED'] ?? fileURLToPath(new URL('../../../shared', import.meta.url))
const recorded = join(shared, 'data/devgrid/events.txt')

describe('the 1,000 recorded events', () => {
  it.skipIf(!existsSync(recorded))('all parse, and none is lost although all share one ID and one time', () => {
    const lines = readFileSync(recorded, 'utf8').trimEnd().split('\n')
    const events = lines.map(accepted)
    expect(events).toHaveLength(1000)
    expect(new Set(events.map((event) => `${event.device} ${event.timeNs}`)).size).toBe(1)
    expect(events[0]).toMatchObject({
      activePowerW: 1753,
      apparentPowerVa: 403,
      phaseRad: -43.841,
      coilReversed: false,
    })
    expect(
      events.every((event) => event.peaks.length === 10 && event.fftRe.length === 9 && event.fftIm.length === 9),
    ).toBe(true)
    expect(events.filter((event) => event.activePowerW! > event.apparentPowerVa!)).toHaveLength(678)
    // What is rendered from them is their own text again, but for digits and blanks.
    const digits = (line: string): string => line.replace(/\d+(\.\d+)?/g, (number) => String(Number(number)))
    expect(events.map((event) => digits(renderEnergyEvent(event).replace('dummy', 'Dummy')))).toEqual(
      lines.map((line) => digits(line.trim())),
    )
  })
})
