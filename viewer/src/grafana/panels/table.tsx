import { type DataFrame, getFrameDisplayName } from '@grafana/data'
import type { TableCellHeight } from '@grafana/schema'
import { Combobox, type TableSortByFieldState } from '@grafana/ui'
import { TableNG } from '@grafana/ui/unstable'
import { type JSX, useState } from 'react'
import type { RendererProps } from '../panel.ts'

interface TableOptions {
  readonly showHeader?: boolean
  readonly cellHeight?: TableCellHeight
  readonly sortBy?: TableSortByFieldState[]
  readonly frameIndex?: number
}

const pickerHeight = 40
/** A narrower column says nothing any more; the table scrolls by itself instead. */
const columnMinWidth = 84

/** Rows of one frame; of several frames one is chosen. */
export default function Table(props: RendererProps): JSX.Element {
  const { panel, frames, structureRev, width, height, fieldConfig, timeRange } = props
  const options = (panel.options ?? {}) as TableOptions
  const [chosen, setChosen] = useState(options.frameIndex ?? 0)
  const index = Math.min(chosen, frames.length - 1)
  const several = frames.length > 1
  return (
    <>
      <TableNG
        ariaLabel={panel.title ?? ''}
        data={frames[index] as DataFrame}
        width={width}
        height={several ? height - pickerHeight : height}
        columnMinWidth={columnMinWidth}
        noHeader={options.showHeader === false}
        resizable
        cellHeight={options.cellHeight ?? ('sm' as TableCellHeight)}
        sortBy={options.sortBy ?? []}
        structureRev={structureRev}
        fieldConfig={fieldConfig}
        timeRange={timeRange}
        noValue={fieldConfig.defaults.noValue ?? ''}
        transparent={panel.transparent ?? false}
      />
      {several && (
        <Combobox
          aria-label="Table"
          options={frames.map((frame, at) => ({ label: getFrameDisplayName(frame), value: at }))}
          value={index}
          onChange={({ value }) => setChosen(value)}
        />
      )}
    </>
  )
}
