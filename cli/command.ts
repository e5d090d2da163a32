import type { SettingName, SettingOrigin, SettingValues } from '../lib/settings.ts'

/** One command of `plantwatch`: a row of the table in commands.ts. */
export interface CommandRow {
  /** Words as they are typed: `up`, `job list`. */
  readonly name: string
  readonly summary: string
  /** Positional arguments as commander reads them, in order: `<folder>`, `[flux]`. */
  readonly arguments?: readonly { readonly name: string; readonly help: string }[]
  /** Settings that the command takes, each with its flag, variable and default from lib/settings.ts. */
  readonly settings: readonly SettingName[]
  /** Flags that concern this command alone. */
  readonly options?: readonly { readonly flag: string; readonly help: string; readonly choices?: readonly string[] }[]
  /** It runs until it is asked to end. */
  readonly service?: true
  /** What `--json` prints; part of the help. */
  readonly json: string
  /** Lines under the help: how it is used. */
  readonly examples?: readonly string[]
  /** The command's program; loaded only when it runs, so that help is quick. */
  readonly load: () => Promise<{ readonly run: (call: Call) => Promise<void> }>
}

/** How a command was called. */
export interface Call {
  readonly values: SettingValues
  readonly origins: Readonly<Record<SettingName, SettingOrigin>>
  readonly arguments: readonly (string | undefined)[]
  /** Flags of the command's own, by name. */
  readonly options: Readonly<Record<string, string | boolean | undefined>>
  /** Programs read the output. */
  readonly json: boolean
}
