import { parseTree } from '../flux/syntax/check.ts'
import { type Call, json, type Parts } from './parts.ts'
import { readJson, textMember } from './read-json.ts'
import { refuse } from './refused.ts'

const prefix = 'invalid json: '
/** Parsing runs in the thread that owns the data: longer scripts would keep writes waiting. */
const scriptBytesMax = 256 * 1024

/** `POST /api/v2/query/analyze`: where a script does not parse. As with InfluxDB, names and types are not looked at. */
export async function analyze(c: Call, parts: Parts): Promise<Response> {
  const members = await readJson(c, { ...parts, bodyBytesMax: scriptBytesMax }, prefix)
  const type = textMember(members, 'type', prefix) || 'flux'
  if (type !== 'flux') refuse(`the query language ${type}`)
  const { errors } = await parseTree(textMember(members, 'query', prefix) ?? '')
  return json({
    errors: errors.map((error) => {
      const [, line, column, message] = /^error @(\d+):(\d+)-\d+:\d+: ([\s\S]*)$/.exec(error)!
      return { line: Number(line), column: Number(column), character: 0, message }
    }),
  })
}
