import { type JSX, useId } from 'react'
import type { Chosen } from '../../api.ts'
import { Combobox, Icon, MultiCombobox, Tooltip } from '../grafana/components.ts'
import type { VariableModel } from './dashboard-model.ts'
import { choose } from './location.ts'
import { allValue } from './variables.ts'

interface VariablePickerProps {
  readonly definition: VariableModel
  readonly chosen: Chosen | undefined
  readonly options: readonly string[] | undefined
  readonly problem: string | undefined
}

/** Lets one value be chosen, or several, or all. */
export function VariablePicker({ definition, chosen, options, problem }: VariablePickerProps): JSX.Element {
  const id = useId()
  const { name, label = name, hide, multi, includeAll } = definition
  // What is chosen stands in the list even where the chosen time has no such value.
  const values = [...new Set([...(options ?? []), ...(chosen?.all ? [] : (chosen?.values ?? []))])]
  const list = [
    ...(includeAll ? [{ label: 'All', value: allValue }] : []),
    ...values.map((value) => ({ label: value, value })),
  ]
  const selected = chosen === undefined ? [] : chosen.all ? [allValue] : [...chosen.values]
  const common = {
    id,
    options: list,
    placeholder: options === undefined ? 'loading …' : 'none',
    width: 'auto' as const,
  }
  return (
    <div className="variable" data-variable={name}>
      {hide !== 1 && (
        <label htmlFor={id}>
          {label}
          {problem && (
            <Tooltip content={problem}>
              <Icon name="exclamation-triangle" size="sm" />
            </Tooltip>
          )}
        </label>
      )}
      {multi ? (
        <MultiCombobox
          {...common}
          minWidth={12}
          maxWidth={44}
          value={selected}
          onChange={(picked) =>
            pick(
              name,
              picked.map(({ value }) => value),
              selected,
            )
          }
        />
      ) : (
        <Combobox
          {...common}
          minWidth={12}
          maxWidth={30}
          value={selected[0] ?? null}
          onChange={({ value }) => choose({ [`var-${name}`]: value })}
        />
      )}
    </div>
  )
}

/** "All" and single values put each other out; nothing at all is what the dashboard begins with. */
function pick(name: string, picked: readonly string[], before: readonly string[]): void {
  const all = picked.includes(allValue)
  const values = all && !before.includes(allValue) ? [allValue] : picked.filter((value) => value !== allValue)
  choose({ [`var-${name}`]: values.length === 0 ? null : values })
}
