/**
 * What the log needs of a file system, as little as possible, so that a simulated one can lose, tear and reorder unsynced
 * writes in the tests. The real one is disk.ts.
 */
export interface LogFile {
  /** Writes all parts one after the other from `position`; durable when it resolves. */
  writeSynced(parts: readonly Uint8Array[], position: number): Promise<void>
  /** Writes without a promise of durability; `sync` gives it. */
  write(bytes: Uint8Array, position: number): Promise<void>
  sync(): Promise<void>
  /** @returns bytes read, fewer than asked at the end of the file */
  read(into: Uint8Array, position: number): Promise<number>
  size(): Promise<number>
  close(): Promise<void>
}

export interface LogFolder {
  list(): Promise<readonly string[]>
  /** Opens for reading and writing; `create` makes the file when it is missing. */
  open(name: string, create: boolean): Promise<LogFile>
  rename(from: string, to: string): Promise<void>
  remove(name: string): Promise<void>
  /** Makes creations, renames and removals durable. */
  sync(): Promise<void>
}
