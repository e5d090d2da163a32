import type { Plant } from './model.ts'
import { readPlant } from './read-plant.ts'

/** The demo's plant model, and the example to start one's own from: docs/plant.yaml is written from it. */
export const defaultPlantText = `# Plantwatch plant model: what no program can guess about a plant. docs/plant-model.md explains every key.
# This is the demo plant. Copy it, change it, and start with: plantwatch up --plant plant.yaml
version: 1
name: Hillside demo plant

sites:
  - id: hillside
    name: Hillside works
    timeZone: Europe/Berlin     # days, shifts and weeks are this clock's, summer time included
    currency: EUR
    energyPrice: 0.19           # EUR per kWh

    shifts:                     # a shift that passes midnight belongs to the day it begins
      - { id: early, name: Early shift, from: "06:00", to: "14:00", days: [mon, tue, wed, thu, fri, sat] }
      - { id: late,  name: Late shift,  from: "14:00", to: "22:00", days: [mon, tue, wed, thu, fri] }
      - { id: night, name: Night shift, from: "22:00", to: "06:00", days: [mon, tue, wed, thu] }

    holidays:                   # no shift begins on these days
      - { date: 2026-12-25, name: Christmas Day }
      - { date: 2026-12-26, name: Boxing Day }
      - { date: 2027-01-01, name: New Year }
      - { date: 2027-03-26, name: Good Friday }
      - { date: 2027-03-29, name: Easter Monday }

    plannedStops:               # not counted as planned time; without lines or machines: the whole site
      - { name: Breakfast break, from: "09:00", to: "09:20", days: [mon, tue, wed, thu, fri, sat] }
      - { name: Lunch break,     from: "12:00", to: "12:30", days: [mon, tue, wed, thu, fri, sat] }
      - { name: Evening break,   from: "18:00", to: "18:30", days: [mon, tue, wed, thu, fri] }
      - { name: Night break,     from: "02:00", to: "02:30", days: [tue, wed, thu, fri] }
      - { name: Weekly cleaning, from: "13:00", to: "14:00", days: [fri], lines: [line-2] }

    lines:
      - id: line-1
        name: Line 1, stamping
        machines:
          - id: press-1
            name: Press 1
            sensors:            # "&name" names an entry, "*name" uses it again
              - &state    { measurement: machine_signal, id: state, kind: state, name: State, every: 1m, states: { 0: stopped, 1: running, 2: set-up, 3: fault } }
              # The range holds +-250, the mark of a communication error: these are found and repaired, not put in quarantine.
              - &shaft-x  { measurement: machine_signal, id: shaft_x, kind: gauge, name: Shaft displacement X, unit: µm, range: [-400, 400], every: 1m }
              - &shaft-y  { measurement: machine_signal, id: shaft_y, kind: gauge, name: Shaft displacement Y, unit: µm, range: [-400, 400], every: 1m }
              - &torque   { measurement: machine_signal, id: torque_ripple, kind: gauge, name: Torque ripple, unit: Nm, range: [-400, 400], every: 1m }
              - &pressure { measurement: machine_signal, id: pressure_ripple, kind: gauge, name: Pressure ripple, unit: kPa, range: [-400, 400], every: 1m }
              - &motor    { measurement: temperature, id: motor, kind: gauge, name: Motor temperature, unit: °C, range: [-20, 160], every: 1m }
              - &coolant  { measurement: temperature, id: coolant, kind: gauge, name: Coolant temperature, unit: °C, range: [-20, 110], every: 1m }
              - &power    { measurement: electricity, id: main, kind: gauge, name: Power, unit: kW, range: [0, 500], every: 1m }
              - &pieces   { measurement: production_count, id: counter, kind: gauge, name: Pieces since the reading before, unit: pieces, range: [0, 10000], every: 1m }
              - &events   { measurement: energy_event, id: meter, kind: gauge, name: Energy sensor, unit: W, every: on change }
          - { id: press-2, name: Press 2, sensors: [*state, *shaft-x, *shaft-y, *torque, *pressure, *motor, *coolant, *power, *pieces] }
          - { id: washer-1, name: Washer, sensors: [*state, *shaft-x, *shaft-y, *torque, *pressure, *motor, *coolant, *power, *pieces] }
      - id: line-2
        name: Line 2, machining
        machines:
          - { id: mill-1, name: Milling machine, sensors: [*state, *shaft-x, *shaft-y, *torque, *pressure, *motor, *coolant, *power, *pieces, *events] }
          - { id: lathe-1, name: Lathe, sensors: [*state, *shaft-x, *shaft-y, *torque, *pressure, *motor, *coolant, *power, *pieces] }
          - { id: grinder-1, name: Grinder, sensors: [*state, *shaft-x, *shaft-y, *torque, *pressure, *motor, *coolant, *power, *pieces, *events] }

    rooms:
      - { id: oak, name: Oak (12 seats), sensor: motion-1 }
      - { id: elm, name: Elm (8 seats), sensor: motion-2 }
      - { id: ash, name: Ash (6 seats), sensor: motion-3 }
      - { id: fir, name: Fir (4 seats), sensor: motion-4 }
`

let cached: Plant | undefined

/** The demo plant, checked like any other. */
export const defaultPlant = (): Plant => (cached ??= readPlant(defaultPlantText, 'the demo plant'))
