import { askJson, queryText } from '../ask-json.ts'
import type { ServerAt } from '../server.ts'

/** A dead letter as the API answers it. */
export interface Letter {
  readonly id: number
  readonly at: string
  readonly state: string
  readonly reason: string
  readonly message: string
  readonly bucket: string
  readonly precision: string
  readonly token: string
  readonly source: string
  readonly line: number
  readonly offset: number
  readonly text: string
  readonly base64?: string
}

export interface LetterPage {
  readonly dead_letters: readonly Letter[]
  readonly open_by_reason: Readonly<Record<string, number>>
  readonly dropped_by_retention: number
  readonly links: { readonly next?: string }
}

/** Open letters of a reason, or all open ones: their numbers, newest first. */
export async function openLetters(server: ServerAt, reason: string | undefined): Promise<readonly number[]> {
  const ids: number[] = []
  let path: string | undefined = `/api/v1/dead-letters${queryText({ state: 'open', reason, limit: 1_000 })}`
  while (path !== undefined) {
    const page: LetterPage = await askJson<LetterPage>(server, path)
    ids.push(...page.dead_letters.map(({ id }) => id))
    path = page.links.next
  }
  return ids
}
