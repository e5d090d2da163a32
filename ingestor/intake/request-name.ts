import { crc32c } from '@node-rs/crc32'
import { ApiError } from '../../lib/errors.ts'

/** What a sender called a request (`Idempotency-Key`), and what tells it from another one that is called the same. */
export interface RequestName {
  readonly key: string
  /** Of its body and where it was sent; empty for those that the log holds from before there was one. */
  readonly print: string
}

const keyBytesMax = 255
/** No header's value holds one. */
const between = '\n'

/**
 * @param key as the header says it; undefined or empty: the request has no name
 * @param body inflated @param address what else says what becomes of it: bucket, precision, …
 * @throws ApiError for a key that is too long to be kept
 */
export function requestNameOf(key: string | undefined, body: Uint8Array, address: string): RequestName | undefined {
  if (key === undefined || key === '') return undefined
  if (Buffer.byteLength(key) > keyBytesMax)
    throw new ApiError('invalid', `the Idempotency-Key is longer than ${keyBytesMax} bytes`)
  const checksum = crc32c(Buffer.from(body.buffer, body.byteOffset, body.length), crc32c(address))
  return { key, print: `${checksum.toString(36)}.${body.length.toString(36)}` }
}

/** As a log record keeps it. */
export const encodeRequestName = (name: RequestName | undefined): string =>
  name === undefined ? '' : name.key + between + name.print

/** @param text not empty */
export function decodeRequestName(text: string): RequestName {
  const at = text.indexOf(between)
  return at === -1 ? { key: text, print: '' } : { key: text.slice(0, at), print: text.slice(at + 1) }
}
