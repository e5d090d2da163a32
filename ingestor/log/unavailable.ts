/** Why the log takes no records at the moment. */
export type Obstacle =
  | { readonly kind: 'quota'; readonly message: string }
  | { readonly kind: 'closed'; readonly message: string }
  | { readonly kind: 'disk'; readonly message: string; readonly cause: unknown }

export class LogUnavailable extends Error {
  override readonly name = 'LogUnavailable'
  constructor(readonly obstacle: Obstacle) {
    super(obstacle.message, 'cause' in obstacle ? { cause: obstacle.cause } : undefined)
  }
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
