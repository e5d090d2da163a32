/** Node 20 has `ArrayBuffer.prototype.transfer` behind `--harmony-rab-gsab-transfer`, later versions as they are. */
type Transferable = ArrayBuffer & { transfer?(newLength: number): ArrayBuffer }

/**
 * Frees the memory of a buffer now, not when the garbage collector comes by: of a stream of large bodies megabytes would lie around
 * until then, and each of them brings its next full collection nearer. The buffer is empty afterwards, and so is every view of it.
 * Call it for memory that nobody else looks at; what shares its memory with others (a part, a piece of Node's pool) is left alone.
 */
export function freeMemory(view: ArrayBufferView): void {
  if (view.buffer.byteLength === view.byteLength) freeWhole(view)
}

/** As `freeMemory`, for a view of memory whose other parts nobody looks at either. */
export function freeWhole({ buffer }: ArrayBufferView): void {
  const memory = buffer as Transferable
  if (memory.byteLength > Buffer.poolSize) memory.transfer?.(0)
}
