/** What a service tells when it is ready: its own part alone when it runs alone. */
export interface ReadyLine {
  readonly ready: true
  readonly store?: {
    readonly url: string
    readonly org: string
    readonly bucket: string
    readonly token: string | null
  }
  readonly ingestor?: { readonly url: string; readonly token: string }
  readonly analytics?: { readonly url: string }
  readonly board?: { readonly url: string }
}

/** What a child of `up` sends over its channel. */
export type ChildMessage =
  | { readonly kind: 'ready'; readonly line: ReadyLine }
  | { readonly kind: 'progress'; readonly progress: Progress }

/** How far a long start is. */
export interface Progress {
  /** `history` while the past is filled in, `live` once it is there. */
  readonly phase: string
  readonly done: number
  readonly total: number
  readonly message: string
}

/** Tells that a service is ready: to a program in one line, to the parent over its channel, to a person in words. */
export function announce(line: ReadyLine, json: boolean, words: string): void {
  if (isChild()) tellParent({ kind: 'ready', line })
  else console.log(json ? JSON.stringify(line) : words)
}

/** Whether another program started this one with a channel between them. */
export const isChild = (): boolean => process.send !== undefined

/** Tells the parent; a parent that is gone is no failure of ours. */
export function tellParent(message: ChildMessage): void {
  if (process.connected) process.send!(message, () => {})
}
