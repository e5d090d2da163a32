import { createHash, timingSafeEqual } from 'node:crypto'

/** SHA-256 of a token: what is kept and compared instead of the token itself. A token is random, so no salt is needed. */
export const hashToken = (token: string): Buffer => createHash('sha256').update(token, 'utf8').digest()

/** Whether two hashes are one, in a time that tells nothing about where they differ. */
export const sameHash = (a: Buffer, b: Buffer): boolean => a.length === b.length && timingSafeEqual(a, b)
