import { isNode, LineCounter, parseDocument } from 'yaml'
import type { z } from 'zod'
import { crossChecks, type Finding } from './cross-checks.ts'
import { type Plant, plantSchema } from './model.ts'
import { type PathPart, PlantModelError, type Problem, pathText } from './problems.ts'

const asPath = (path: readonly PropertyKey[]): PathPart[] =>
  path.map((part) => (typeof part === 'number' ? part : String(part)))

/** The innermost complaints: a union tells what is wrong with the member that came nearest. */
const flatten = (issue: z.core.$ZodIssue, under: readonly PathPart[] = []): Finding[] => {
  const path = [...under, ...asPath(issue.path)]
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const nearest = issue.errors.reduce((best, errors) => (errors.length < best.length ? errors : best))
    return nearest.flatMap((inner) => flatten(inner, path))
  }
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: [...path, key], message: 'is a key that nobody knows here' }))
  if (issue.code === 'invalid_type' && issue.input === undefined && !issue.message.includes('received'))
    return [{ path, message: 'is missing' }]
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined'))
    return [{ path, message: 'is missing' }]
  return [{ path, message: issue.message.replace(/^Invalid (input|option|value): /, 'is wrong: ') }]
}

/**
 * Reads and checks a plant model.
 * @param text YAML (JSON is YAML too)
 * @param file what to call it in errors
 * @throws PlantModelError with everything that is wrong in it, each with path and line
 */
export function readPlant(text: string, file = 'plant.yaml'): Plant {
  const lineCounter = new LineCounter()
  const document = parseDocument(text, { lineCounter, merge: true, prettyErrors: false })
  if (document.errors.length > 0)
    throw new PlantModelError(
      file,
      document.errors.map((error) => ({
        path: '',
        line: lineCounter.linePos(error.pos[0]).line,
        message: error.message,
      })),
    )
  let raw: unknown
  try {
    raw = document.toJS({ maxAliasCount: 1000 })
  } catch (error) {
    throw new PlantModelError(file, [{ path: '', line: null, message: (error as Error).message }])
  }
  const parsed = plantSchema.safeParse(raw)
  const findings = [
    ...(parsed.success ? [] : parsed.error.issues.flatMap((issue) => flatten(issue))),
    ...crossChecks(raw),
  ]
  if (parsed.success && findings.length === 0) return parsed.data

  /** Line of the nearest thing that is in the file: of a missing key, its parent's. */
  const lineOf = (path: readonly PathPart[]): number | null => {
    for (let length = path.length; length > 0; length--) {
      const node: unknown = document.getIn(path.slice(0, length), true)
      if (isNode(node) && node.range) return lineCounter.linePos(node.range[0]).line
    }
    return 1
  }
  const problems: Problem[] = findings.map(({ path, message }) => ({
    path: pathText(path),
    line: lineOf(path),
    message,
  }))
  throw new PlantModelError(
    file,
    problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0)),
  )
}
