import { type Weekday, weekdays } from './model.ts'
import type { PathPart } from './problems.ts'

export interface Finding {
  readonly path: readonly PathPart[]
  readonly message: string
}

type Rows = readonly (readonly [index: number, row: Readonly<Record<string, unknown>>])[]

/** The objects of a list, whatever else is in it: checks go on where other things are wrong, so that all is told at once. */
const rowsOf = (parent: unknown, key: string): Rows => {
  const list: unknown = typeof parent === 'object' && parent !== null ? (parent as Record<string, unknown>)[key] : null
  if (!Array.isArray(list)) return []
  return list.flatMap((row: unknown, index) =>
    typeof row === 'object' && row !== null ? [[index, row as Readonly<Record<string, unknown>>] as const] : [],
  )
}

interface Named {
  readonly path: readonly PathPart[]
  readonly key: unknown
}

const duplicates = (what: string, named: readonly Named[]): Finding[] => {
  const seen = new Set<unknown>()
  return named.flatMap(({ path, key }) => {
    if (typeof key !== 'string') return []
    if (!seen.has(key)) {
      seen.add(key)
      return []
    }
    return [{ path, message: `names a ${what} that is there already: "${key.replace('\0', ' ')}"` }]
  })
}

const minutesOf = (text: unknown): number | null =>
  typeof text === 'string' && /^([01]\d|2[0-3]):[0-5]\d$/.test(text)
    ? Number(text.slice(0, 2)) * 60 + Number(text.slice(3))
    : null

/** Two shifts of one site at one time would count a piece twice. Times are by the clock, minutes of the week. */
const overlappingShifts = (path: readonly PathPart[], shifts: Rows): Finding[] => {
  const week = 7 * 1440
  const owner = new Array<number | undefined>(week)
  const found = new Map<string, Finding>()
  for (const [index, { from, to, days }] of shifts) {
    const [start, end] = [minutesOf(from), minutesOf(to)]
    if (start === null || end === null || !Array.isArray(days)) continue
    for (const day of new Set<unknown>(days)) {
      const weekday = weekdays.indexOf(day as Weekday)
      if (weekday < 0) continue
      for (let minute = start; minute < (end > start ? end : end + 1440); minute++) {
        const at = (weekday * 1440 + minute) % week
        const other = owner[at]
        if (other !== undefined && other !== index)
          found.set(`${index} ${other}`, {
            path: [...path, 'shifts', index],
            message: `overlaps with shifts[${other}], first on ${weekdays[Math.floor(at / 1440)]}`,
          })
        if (other === undefined) owner[at] = index
      }
    }
  }
  return [...found.values()]
}

/** Rules between several entries, which no single one can check. @param raw the file's content, not yet known to be valid */
export function crossChecks(raw: unknown): readonly Finding[] {
  const findings: Finding[] = []
  const machines: Named[] = []
  const rooms: Named[] = []
  const sites = rowsOf(raw, 'sites')
  findings.push(
    ...duplicates(
      'site',
      sites.map(([i, site]) => ({ path: ['sites', i, 'id'], key: site['id'] })),
    ),
  )
  for (const [s, site] of sites) {
    const at: PathPart[] = ['sites', s]
    const lines = rowsOf(site, 'lines')
    const shifts = rowsOf(site, 'shifts')
    const lineIds = new Set(lines.map(([, line]) => line['id']))
    const machineIds = new Set<unknown>()
    findings.push(
      ...duplicates(
        'line',
        lines.map(([i, line]) => ({ path: [...at, 'lines', i, 'id'], key: line['id'] })),
      ),
      ...duplicates(
        'shift',
        shifts.map(([i, shift]) => ({ path: [...at, 'shifts', i, 'id'], key: shift['id'] })),
      ),
      ...overlappingShifts(at, shifts),
    )
    for (const [i, room] of rowsOf(site, 'rooms')) rooms.push({ path: [...at, 'rooms', i, 'id'], key: room['id'] })
    for (const [l, line] of lines)
      for (const [m, machine] of rowsOf(line, 'machines')) {
        const here = [...at, 'lines', l, 'machines', m]
        machineIds.add(machine['id'])
        machines.push({ path: [...here, 'id'], key: machine['id'] })
        findings.push(
          ...duplicates(
            'sensor of that measurement',
            rowsOf(machine, 'sensors').map(([i, sensor]) => ({
              path: [...here, 'sensors', i, 'id'],
              key:
                typeof sensor['id'] === 'string' && typeof sensor['measurement'] === 'string'
                  ? `${sensor['id']}\0${sensor['measurement']}`
                  : null,
            })),
          ),
        )
      }
    for (const [i, stop] of rowsOf(site, 'plannedStops'))
      for (const [key, known, what] of [
        ['lines', lineIds, 'line'],
        ['machines', machineIds, 'machine'],
      ] as const) {
        const named: unknown = stop[key]
        if (!Array.isArray(named)) continue
        named.forEach((id: unknown, n) => {
          if (typeof id === 'string' && !known.has(id))
            findings.push({
              path: [...at, 'plannedStops', i, key, n],
              message: `names no ${what} of this site: "${id}"`,
            })
        })
      }
  }
  // Machines and rooms are asked for by their id alone, so two sites cannot share one.
  findings.push(...duplicates('machine', machines), ...duplicates('room', rooms))
  return findings
}
