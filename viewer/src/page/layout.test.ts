import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { PanelModel } from '../grafana/panel.ts'
import { layOut } from './layout.ts'

const { panels } = JSON.parse(
  readFileSync(new URL('../../../provisioning/dashboards/plant-overview.json', import.meta.url), 'utf8'),
) as { panels: PanelModel[] }
const none = new Set<number>()
const byTitle = (width: number, folded: ReadonlySet<number> = none) =>
  new Map(layOut(panels, width, folded).placed.map((placed) => [placed.panel.title, placed]))

describe('the layout', () => {
  it('is Grafana’s grid: 24 columns, 38 px a line, 8 px between', () => {
    const at = byTitle(1_568)
    expect(at.get('Good parts today')).toMatchObject({ left: 0, top: 38, height: 144 })
    expect(
      at.get('Rejected today')!.left - (at.get('Good parts today')!.left + at.get('Good parts today')!.width),
    ).toBe(8)
    expect(at.get('Energy today')!.left + at.get('Energy today')!.width).toBe(1_568)
  })

  it('closes up when a row is folded', () => {
    const rows = panels.filter(({ type }) => type === 'row')
    const folded = byTitle(1_568, new Set([rows[0]!.id]))
    expect(folded.has('Good parts today')).toBe(false)
    expect(layOut(panels, 1_568, new Set([rows[0]!.id])).placed[1]).toMatchObject({ panel: rows[1], top: 38 })
  })

  it.each([320, 390, 699])(
    'is one column at %i px, with figures in pairs, and nothing overlaps or sticks out',
    (width) => {
      const { placed, height } = layOut(panels, width, none)
      for (const one of placed) {
        expect(one.left + one.width).toBeLessThanOrEqual(width)
        expect(one.top + one.height).toBeLessThanOrEqual(height)
        if (one.panel.type !== 'stat') expect([one.left, one.width]).toEqual([0, width])
      }
      for (const [i, a] of placed.entries())
        for (const b of placed.slice(i + 1))
          expect(
            a.left < b.left + b.width &&
              b.left < a.left + a.width &&
              a.top < b.top + b.height &&
              b.top < a.top + a.height,
          ).toBe(false)
    },
  )
})
