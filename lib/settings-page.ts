import { fileKeyOf, type SettingName, settings } from './settings.ts'

/** docs/settings.md. */
export function settingsPage(): string {
  const rows = (Object.keys(settings) as SettingName[]).map((name) => {
    const setting = settings[name]
    const unit = 'unit' in setting ? ` ${setting.unit}` : ''
    const fallback = setting.fallback === null ? '–' : `\`${setting.fallback}\`${unit}`
    const flag = setting.flag === null ? '–' : `\`${setting.flag}\``
    return `| \`${fileKeyOf(name)}\` | ${flag} | \`${setting.variable}\` | ${fallback} | ${setting.help} |`
  })
  return `<!-- Generated from lib/settings.ts by \`npm run generate\`. -->
# Settings

A setting's value comes from its flag, else from its environment variable, else from the settings file, else it is the default.
The settings file is \`plantwatch.yaml\` in the working folder, or the file that \`PLANTWATCH_SETTINGS\` names: one
\`name: value\` per line. Which command takes which flag is shown by \`plantwatch COMMAND --help\`. Secrets have no flag,
because every user of a machine can see the arguments of its programs.

| name | flag | variable | default | what it does |
| --- | --- | --- | --- | --- |
${rows.join('\n')}
`
}
