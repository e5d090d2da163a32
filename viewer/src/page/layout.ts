import type { PanelModel } from '../grafana/panel.ts'

/** Grafana's grid: 24 columns, rows of 30 px, 8 px between. */
const columns = 24
const rowPitch = 38
const gap = 8
/** Narrower than this everything stands in one column. */
export const oneColumnBelow = 700
const rowTitleHeight = 30

export interface Placed {
  readonly panel: PanelModel
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

export interface Layout {
  readonly placed: readonly Placed[]
  readonly height: number
}

interface Section {
  readonly row: PanelModel | null
  readonly panels: readonly PanelModel[]
}

/** Rows with the panels that belong to them: those that follow, or those inside of a row that is saved folded up. */
export function sectionsOf(panels: readonly PanelModel[]): readonly Section[] {
  const sections: { row: PanelModel | null; panels: PanelModel[] }[] = []
  for (const panel of [...panels].sort((a, b) => a.gridPos.y - b.gridPos.y || a.gridPos.x - b.gridPos.x)) {
    if (panel.type === 'row') sections.push({ row: panel, panels: [...(panel.panels ?? [])] })
    else {
      if (sections.length === 0) sections.push({ row: null, panels: [] })
      sections.at(-1)!.panels.push(panel)
    }
  }
  return sections
}

/** Where everything stands. @param folded ids of rows that are folded up */
export function layOut(panels: readonly PanelModel[], width: number, folded: ReadonlySet<number>): Layout {
  const placed: Placed[] = []
  let top = 0
  for (const { row, panels: own } of sectionsOf(panels)) {
    if (row !== null) {
      placed.push({ panel: row, left: 0, top, width, height: rowTitleHeight })
      top += rowTitleHeight + gap
      if (folded.has(row.id)) continue
    }
    top = width < oneColumnBelow ? stack(own, width, top, placed) : grid(own, width, top, placed)
  }
  return { placed, height: Math.max(0, top - gap) }
}

function grid(panels: readonly PanelModel[], width: number, top: number, placed: Placed[]): number {
  if (panels.length === 0) return top
  const first = Math.min(...panels.map(({ gridPos }) => gridPos.y))
  const pitch = (width + gap) / columns
  for (const panel of panels) {
    const { x, y, w, h } = panel.gridPos
    const left = Math.round(x * pitch)
    placed.push({
      panel,
      left,
      top: top + (y - first) * rowPitch,
      width: Math.round((x + w) * pitch) - gap - left,
      height: h * rowPitch - gap,
    })
  }
  return top + (Math.max(...panels.map(({ gridPos }) => gridPos.y + gridPos.h)) - first) * rowPitch
}

/** Figures stand in pairs: one figure a line would be a long way down to the first chart. */
const figureHeight = 116
const chartHeightMin = 290

function stack(panels: readonly PanelModel[], width: number, top: number, placed: Placed[]): number {
  const isFigure = (panel: PanelModel | undefined): boolean => panel?.type === 'stat' && panel.gridPos.w <= 8
  for (let i = 0; i < panels.length; i++) {
    const panel = panels[i]!
    if (isFigure(panel) && isFigure(panels[i + 1])) {
      const half = Math.floor((width - gap) / 2)
      placed.push({ panel, left: 0, top, width: half, height: figureHeight })
      placed.push({ panel: panels[++i]!, left: half + gap, top, width: width - half - gap, height: figureHeight })
      top += figureHeight + gap
      continue
    }
    const height = isFigure(panel) ? figureHeight : Math.max(chartHeightMin, panel.gridPos.h * rowPitch - gap)
    placed.push({ panel, left: 0, top, width, height })
    top += height + gap
  }
  return top
}
