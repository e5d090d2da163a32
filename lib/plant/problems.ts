/** One thing that is wrong in a plant model, told so that a person can find it. */
export interface Problem {
  /** `sites[0].shifts[2].from`; empty for the whole file. */
  readonly path: string
  /** From 1, where the place in the file is known. */
  readonly line: number | null
  readonly message: string
}

const toLine = ({ path, line, message }: Problem): string =>
  `  ${line === null ? '' : `line ${line}: `}${path === '' ? '' : `${path} `}${message}`

/** Everything that is wrong with a plant model, at once. */
export class PlantModelError extends Error {
  override readonly name = 'PlantModelError'
  constructor(
    readonly file: string,
    readonly problems: readonly Problem[],
  ) {
    super(
      `${file} has ${problems.length === 1 ? 'a mistake' : `${problems.length} mistakes`}:\n${problems.map(toLine).join('\n')}`,
    )
  }
}

export type PathPart = string | number

/** `['sites', 0, 'name']` → `sites[0].name` */
export const pathText = (path: readonly PathPart[]): string =>
  path.map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? part : `.${part}`)).join('')
