import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ApiError } from '../../lib/errors.ts'
import type { DashboardEntry } from '../api.ts'
import type { VariableDefinition } from './variables.ts'

/** What the server needs of a panel; the page gets the whole of it. */
export interface BoardPanel {
  readonly id?: number
  readonly type: string
  readonly targets?: readonly { readonly refId: string; readonly query?: string; readonly hide?: boolean }[]
  /** Panels of a row that is folded up. */
  readonly panels?: readonly BoardPanel[]
}

export interface BoardDashboard {
  readonly uid: string
  readonly title: string
  readonly description?: string
  readonly tags?: readonly string[]
  readonly panels?: readonly BoardPanel[]
  readonly templating?: { readonly list?: readonly VariableDefinition[] }
}

/** A dashboard with this tag opens by itself and is offered first. */
const homeTag = 'home'
/** A changed file shows after this long, as in Grafana. */
const rereadAfterMs = 5_000

/** The folder that Grafana mounts too, read again when it may have changed. */
export class DashboardFolder {
  #read: Promise<readonly BoardDashboard[]> | null = null
  #readAtMs = Number.NEGATIVE_INFINITY

  constructor(readonly path: string) {}

  async entries(): Promise<readonly DashboardEntry[]> {
    return (await this.#all()).map(({ uid, title, description = '', tags = [] }) => ({ uid, title, description, tags }))
  }

  /** @throws ApiError not found */
  async dashboard(uid: string): Promise<BoardDashboard> {
    const found = (await this.#all()).find((dashboard) => dashboard.uid === uid)
    if (found === undefined) throw new ApiError('not found', `there is no dashboard "${uid}"`)
    return found
  }

  #all(): Promise<readonly BoardDashboard[]> {
    if (this.#read === null || performance.now() - this.#readAtMs > rereadAfterMs) {
      this.#readAtMs = performance.now()
      this.#read = readAll(this.path)
      this.#read.catch(() => {
        this.#read = null
      })
    }
    return this.#read
  }
}

async function readAll(path: string): Promise<readonly BoardDashboard[]> {
  const files = (await readdir(path)).filter((name) => name.endsWith('.json')).sort()
  const dashboards = await Promise.all(
    files.map(async (name) => JSON.parse(await readFile(join(path, name), 'utf8')) as BoardDashboard),
  )
  const isHome = ({ tags }: BoardDashboard): boolean => tags?.includes(homeTag) ?? false
  return dashboards.sort((a, b) => Number(isHome(b)) - Number(isHome(a)) || a.title.localeCompare(b.title))
}

/** @throws ApiError not found */
export function panelOf(dashboard: BoardDashboard, id: number): BoardPanel {
  const all = (dashboard.panels ?? []).flatMap((panel) => [panel, ...(panel.panels ?? [])])
  const found = all.find((panel) => panel.id === id)
  if (found === undefined) throw new ApiError('not found', `dashboard "${dashboard.uid}" has no panel ${id}`)
  return found
}
