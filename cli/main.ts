import { Command, CommanderError, Option } from 'commander'
import { ApiError, UsageError } from '../lib/errors.ts'
import { readSettings, readSettingsFile, type SettingName, settings } from '../lib/settings.ts'
import type { Call, CommandRow } from './command.ts'
import { commands } from './commands.ts'
import { version } from './version.ts'

/** Runs `plantwatch` with the arguments of a process (`process.argv`). Sets the exit status: 2 for a wrong call, 1 for a failure. */
export async function main(argv: readonly string[]): Promise<void> {
  const json = argv.includes('--json')
  ignoreLostReader(() => process.exit())
  try {
    await createProgram(json).parseAsync([...argv])
  } catch (error) {
    report(error, json)
    // A child's channel to its parent, or what a half-started service left open, must not keep a failed command alive.
    setTimeout(() => process.exit(), process.connected ? 0 : 2_000).unref()
  }
}

function ignoreLostReader(then: () => void): void {
  process.stdout.removeAllListeners('error').on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    then()
  })
}

/** What is done with a call that commander understood. */
type Act = (row: CommandRow, called: Called) => Promise<void>

interface Called {
  readonly flags: Readonly<Partial<Record<SettingName, unknown>>>
  readonly arguments: Call['arguments']
  readonly options: Call['options']
  readonly json: boolean
}

/** The command line as commander knows it. @param act what a call does; tests only ask whether it would be understood */
export function createProgram(json: boolean, act: Act = runRow): Command {
  const program = new Command('plantwatch')
    .description('A time-series stack for factories and buildings.')
    .version(version())
    .exitOverride()
    .configureOutput({ writeErr: (text) => json || process.stderr.write(text) })
    .showHelpAfterError('(--help shows how it is used)')
    .configureHelp({ showGlobalOptions: false })
    .addHelpText('after', '\nSettings also come from the environment and from plantwatch.yaml: docs/settings.md.')
  for (const row of commands) add(program, row, act)
  return program
}

async function runRow(row: CommandRow, { flags, ...called }: Called): Promise<void> {
  // Whoever reads may have enough (`| head`): then a command has done its work, and a service goes on with it.
  if (row.service) ignoreLostReader(() => {})
  const { values, origins } = readSettings(flags, process.env, await readSettingsFile(process.env))
  const { run } = await row.load().catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new Error(`"plantwatch ${row.name}" is not part of this installation: ${error.message}`, { cause: error })
  })
  await run({ values, origins, ...called })
}

function add(program: Command, row: CommandRow, act: Act): void {
  const words = row.name.split(' ')
  const parent = words.length === 1 ? program : group(program, words[0]!)
  const command = parent.command(words.at(-1)!).description(row.summary)
  for (const argument of row.arguments ?? []) command.argument(argument.name, argument.help)
  const names = new Map<string, SettingName>()
  for (const name of row.settings) {
    const setting = settings[name]
    if (setting.flag === null) continue
    const unit = 'unit' in setting ? ` ${setting.unit}` : ''
    const fallback =
      setting.fallback === null || typeof setting.fallback === 'boolean' ? '' : `; default ${setting.fallback}${unit}`
    const option = new Option(setting.flag, `${setting.help} (${setting.variable}${fallback})`)
    names.set(option.attributeName(), name)
    command.addOption(option)
    // A switch that is on by default is written --no-…; its opposite overrules variable and file.
    if (setting.flag.startsWith('--no-')) command.addOption(new Option(setting.flag.replace('--no-', '--')).hideHelp())
  }
  for (const { flag, help, choices } of row.options ?? []) {
    const option = new Option(flag, help)
    command.addOption(choices === undefined ? option : option.choices(choices))
  }
  command.option('--json', `for programs: ${row.json}`)
  const variables = row.settings.filter((name) => settings[name].flag === null)
  if (variables.length > 0)
    command.addHelpText(
      'after',
      `\nFrom the environment alone:\n${variables.map((name) => `  ${settings[name].variable}  ${settings[name].help}`).join('\n')}`,
    )
  if (row.examples !== undefined)
    command.addHelpText('after', `\nExamples:\n${row.examples.map((example) => `  ${example}`).join('\n')}`)
  command.action(async () => {
    const flags: Partial<Record<SettingName, unknown>> = {}
    const options: Record<string, string | boolean | undefined> = {}
    for (const [key, value] of Object.entries(command.opts<Record<string, string | boolean>>())) {
      const name = names.get(key)
      // The implied default of a --no-… flag is no word of the user's.
      if (name !== undefined) flags[name] = command.getOptionValueSource(key) === 'cli' ? value : undefined
      else if (key !== 'json') options[key] = value
    }
    await act(row, {
      flags,
      arguments: command.processedArgs as (string | undefined)[],
      options,
      json: command.opts()['json'] === true,
    })
  })
}

const groups: Readonly<Record<string, string>> = {
  context: 'what ran on which machine when',
  'dead-letter': 'lines and events that could not be stored',
  energy: 'events of energy sensors',
  import: 'data of other systems into the store',
  job: 'analytics jobs',
  quarantine: 'readings out of their plausible range',
  token: 'tokens of devices',
}

function group(program: Command, name: string): Command {
  return program.commands.find((command) => command.name() === name) ?? program.command(name).description(groups[name]!)
}

function report(error: unknown, json: boolean): void {
  if (error instanceof CommanderError && error.exitCode === 0) return // help or version was shown
  const usage = error instanceof UsageError || error instanceof CommanderError
  process.exitCode = usage ? 2 : 1
  if (json) {
    const body =
      error instanceof ApiError
        ? error.toBody()
        : { code: usage ? 'invalid' : 'internal error', message: messageOf(error) }
    console.error(JSON.stringify(body))
  } else if (!(error instanceof CommanderError)) console.error(`plantwatch: ${messageOf(error)}`)
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
