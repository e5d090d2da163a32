import { totalmem } from 'node:os'
import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBInstance,
  type DuckDBType,
  UBIGINT,
  UINTEGER,
  VARCHAR,
} from '@duckdb/node-api'
import bindings from '@duckdb/node-bindings'
import type { ColumnData } from '../flux/column.ts'
import type { SeriesData } from '../flux/plan/read.ts'

export type ValueType = SeriesData['type']

/** One table per type of value: the series' number, the time in nanoseconds, the value. */
export const tables: Readonly<
  Record<ValueType, { readonly name: string; readonly sqlType: string; readonly type: DuckDBType }>
> = {
  float: { name: 'points_float', sqlType: 'DOUBLE', type: DOUBLE },
  int: { name: 'points_int', sqlType: 'BIGINT', type: BIGINT },
  uint: { name: 'points_uint', sqlType: 'UBIGINT', type: UBIGINT },
  string: { name: 'points_string', sqlType: 'VARCHAR', type: VARCHAR },
  bool: { name: 'points_bool', sqlType: 'BOOLEAN', type: BOOLEAN },
}
export const valueTypes = Object.keys(tables) as readonly ValueType[]

/** Rows of one type to append: same length each. */
export interface RowBatch {
  readonly series: Uint32Array
  readonly times: BigInt64Array
  readonly values: ColumnData
}

const chunkRows = 2048

/** What DuckDB may hold before it puts work aside on disk: by itself it would take most of the machine. */
const memoryMbMax = (): number => Math.round(Math.min(2 ** 31, totalmem() / 4) / 2 ** 20)

/** Statements that read at a time. */
const readersMax = 4

/**
 * The one place where DuckDB is opened, once per process, by one thread: a second open of the same file, also from another
 * thread, is not refused by DuckDB and corrupts the file (embedded-store reference 6). The data folder's lock keeps other processes out.
 */
export class Database {
  #writing: Promise<unknown> = Promise.resolve()
  readonly #idleReaders: DuckDBConnection[] = []
  readonly #readersAwaited: ((connection: DuckDBConnection) => void)[] = []
  #readers = 0

  private constructor(
    readonly instance: DuckDBInstance,
    readonly writer: DuckDBConnection,
  ) {}

  /** @param path of the file; made when missing */
  static async open(path: string): Promise<Database> {
    const instance = await DuckDBInstance.create(path, {
      threads: '2',
      preserve_insertion_order: 'false',
      memory_limit: `${memoryMbMax()}MB`,
    })
    const writer = await instance.connect()
    await writer.run("SET checkpoint_threshold = '64MB'")
    for (const { name, sqlType } of Object.values(tables))
      await writer.run(
        `CREATE TABLE IF NOT EXISTS ${name} (series UINTEGER NOT NULL, ts BIGINT NOT NULL, v ${sqlType} NOT NULL)`,
      )
    await writer.run(
      'CREATE TABLE IF NOT EXISTS series (id UINTEGER PRIMARY KEY, bucket VARCHAR NOT NULL, measurement VARCHAR NOT NULL, tags VARCHAR NOT NULL, field VARCHAR NOT NULL, type VARCHAR NOT NULL)',
    )
    await writer.run(
      'CREATE TABLE IF NOT EXISTS metadata (kind VARCHAR NOT NULL, id VARCHAR NOT NULL, json VARCHAR NOT NULL, PRIMARY KEY (kind, id))',
    )
    return new Database(instance, writer)
  }

  /**
   * Runs work that reads on a connection that nobody else uses meanwhile: the rows of a statement that still runs are lost
   * without an error as soon as its connection is given another statement.
   */
  async read<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const connection = await this.#takeReader()
    try {
      return await work(connection)
    } finally {
      const next = this.#readersAwaited.shift()
      if (next === undefined) this.#idleReaders.push(connection)
      else next(connection)
    }
  }

  async #takeReader(): Promise<DuckDBConnection> {
    const idle = this.#idleReaders.pop()
    if (idle !== undefined) return idle
    if (this.#readers >= readersMax) return new Promise((resolve) => this.#readersAwaited.push(resolve))
    this.#readers++
    return this.instance.connect()
  }

  /** Runs work that writes, alone and in one transaction, durable when it resolves; nothing of it stays when it throws. */
  transaction<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const run = async (): Promise<T> => {
      await this.writer.run('BEGIN TRANSACTION')
      try {
        const result = await work(this.writer)
        await this.writer.run('COMMIT')
        return result
      } catch (error) {
        await this.writer.run('ROLLBACK').catch(() => {})
        throw error
      }
    }
    const done = this.#writing.then(run, run)
    this.#writing = done.catch(() => {})
    return done
  }

  /** Appends rows to a table within the writer's transaction. */
  async append(table: string, type: ValueType, { series, times, values }: RowBatch): Promise<void> {
    const appender = await this.writer.createAppender(table)
    const types = [UINTEGER, BIGINT, tables[type].type]
    for (let from = 0; from < series.length; from += chunkRows) {
      const count = Math.min(chunkRows, series.length - from)
      const chunk = DuckDBDataChunk.create(types, count)
      copyColumn(chunk, 0, series, from, count)
      copyColumn(chunk, 1, times, from, count)
      if (Array.isArray(values)) chunk.setColumnValues(2, values.slice(from, from + count))
      else copyColumn(chunk, 2, values as Float64Array, from, count)
      appender.appendDataChunk(chunk)
    }
    appender.closeSync()
  }

  async close(): Promise<void> {
    await this.#writing
    await this.writer.run('CHECKPOINT').catch(() => {})
    for (const reader of this.#idleReaders) reader.closeSync()
    this.writer.closeSync()
    this.instance.closeSync()
  }
}

/** Copies numbers straight into DuckDB's memory, ten times faster than value by value. */
function copyColumn(
  chunk: DuckDBDataChunk,
  column: number,
  values: Uint32Array | BigInt64Array | BigUint64Array | Float64Array | Uint8Array,
  from: number,
  count: number,
): void {
  const vector = bindings.data_chunk_get_vector(chunk.chunk, column)
  const size = values.BYTES_PER_ELEMENT
  bindings.copy_data_to_vector(vector, 0, values.buffer as ArrayBuffer, values.byteOffset + from * size, count * size)
}
