import type { DuckDBDataChunk } from '@duckdb/node-api'

/** DuckDB's string_t: the length in four bytes, then the text's first four bytes, whether or not the rest stands elsewhere. */
const stringBytes = 16
const lengthBytes = 4
/** U+FEFF in UTF-8. */
const mark = [0xef, 0xbb, 0xbf] as const

/**
 * The texts of a column as they were written. DuckDB's package (1.5.5) decodes each as if it were a file: a byte order mark that a
 * text begins with is dropped. Whether one was there is seen in the bytes, and it is put back.
 * @param column of VARCHAR without NULL
 */
export function textsOf(chunk: DuckDBDataChunk, column: number): string[] {
  const texts = chunk.getColumnValues(column) as string[]
  const { dataView } = chunk.getColumnVector(column) as unknown as { readonly dataView: DataView }
  for (let i = 0; i < texts.length; i++) {
    const at = i * stringBytes
    if (dataView.getUint8(at + lengthBytes) !== mark[0] || dataView.getUint32(at, true) < mark.length) continue
    if (dataView.getUint8(at + lengthBytes + 1) !== mark[1] || dataView.getUint8(at + lengthBytes + 2) !== mark[2])
      continue
    // Where it was kept, by a later package, there is nothing to put back.
    const isDropped = Buffer.byteLength(texts[i]!) < dataView.getUint32(at, true)
    if (isDropped) texts[i] = `\uFEFF${texts[i]}`
  }
  return texts
}
