import { settings } from '../lib/settings.ts'
import { commands } from './commands.ts'

/** docs/commands.md. */
export function commandsPage(): string {
  const sections = commands.map((row) => {
    const words = ['plantwatch', row.name, ...(row.arguments ?? []).map(({ name }) => name)].join(' ')
    const flags = [
      ...row.settings.flatMap((name) => {
        const { flag, help } = settings[name]
        return flag === null ? [] : [{ flag, help }]
      }),
      ...(row.options ?? []),
      { flag: '--json', help: row.json },
    ]
    return [
      `## ${row.name}`,
      '',
      `\`${words}\`: ${row.summary}.`,
      '',
      '| flag | what it does |',
      '| --- | --- |',
      ...flags.map(({ flag, help }) => `| \`${flag}\` | ${help} |`),
      ...(row.examples === undefined ? [] : ['', '```sh', ...row.examples, '```']),
      '',
    ].join('\n')
  })
  return `<!-- Generated from cli/commands.ts by \`npm run generate\`. -->
# Commands

One program, \`plantwatch\` (\`node bin/plantwatch.js\` in a checkout; \`npm start\` is \`plantwatch up\`). Every command has
\`--help\`. With \`--json\` it speaks to programs: one line of JSON per answer on standard output, and on standard error
\`{"code","message"}\` when it fails. The exit status is 0 for success, 1 for a failure, 2 for a wrong call.

${sections.join('\n')}`
}
