import { HttpError, InfluxDB, Point, setLogger, type WriteApi } from '@influxdata/influxdb-client'
import {
  AuthorizationsAPI,
  BucketsAPI,
  DeleteAPI,
  HealthAPI,
  OrgsAPI,
  PingAPI,
  QueryAPI,
  ReadyAPI,
  UsersAPI,
} from '@influxdata/influxdb-client-apis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestStore } from '../../test/support/store.ts'
import type { Store } from '../service.ts'

const org = 'works'
const token = 'operator-token'
let store: Store
let influx: InfluxDB

beforeAll(async () => {
  // Failed writes are looked at here, not in the log.
  setLogger({ error: () => {}, warn: () => {} })
  store = await startTestStore({ bootstrap: { org, bucket: 'plant', token }, log: () => {} })
  influx = new InfluxDB({ url: store.url, token })
})
afterAll(() => store.close())

const rows = (script: string): Promise<Record<string, unknown>[]> => influx.getQueryApi(org).collectRows(script)
const written = async (write: (api: WriteApi) => void, bucket = 'plant'): Promise<void> => {
  const api = influx.getWriteApi(org, bucket, 'ns', { maxRetries: 0 })
  write(api)
  await api.close()
}
const all = (measurement: string): string =>
  `from(bucket: "plant") |> range(start: 0) |> filter(fn: (r) => r._measurement == "${measurement}")`
/** What a call is refused with. */
const refusal = async (call: Promise<unknown>): Promise<{ status: number; code: unknown; message: unknown }> => {
  const error = await call.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!(error instanceof HttpError)) throw new Error(`this was not refused by HTTP: ${String(error)}`)
  const { code, message } = error.json as { code: unknown; message: unknown }
  return { status: error.statusCode, code, message }
}

describe('the official JavaScript client', () => {
  it('writes batches, which it compresses, and reads them back point by point', async () => {
    await written((api) => {
      for (let i = 0; i < 2_500; i++)
        api.writePoint(
          new Point('batch')
            .tag('machine', `m${i % 5}`)
            .floatField('value', i / 4)
            .timestamp(String(i + 1)),
        )
    })
    const found = await rows(`${all('batch')} |> drop(columns: ["_start", "_stop"])`)
    expect(found).toHaveLength(2_500)
    expect(found.map(({ _value }) => Number(_value)).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 2_500 }, (_, i) => i / 4),
    )
  })

  it('reads every type as it was written, to the last digit and nanosecond', async () => {
    await written((api) => {
      api.writePoint(
        new Point('types')
          .tag('line', 'a b,c=d')
          .floatField('double', 0.1 + 0.2)
          .uintField('unsigned', '18446744073709551615')
          .booleanField('yes', true)
          .stringField('empty', '')
          .stringField('text', 'he said "5, 6"\nand left')
          .timestamp('1700000000123456789'),
      )
      // The client's points hold no such number, its lines do.
      api.writeRecord('types,line=a\\ b\\,c\\=d long=-9223372036854775808i 1700000000123456789')
    })
    const tables: { type: string; value: unknown; raw: string | undefined; time: unknown; line: unknown }[] = []
    for await (const { values, tableMeta } of influx.getQueryApi(org).iterateRows(all('types'))) {
      const column = tableMeta.column('_value')
      tables.push({
        type: column.dataType,
        value: column.get(values),
        raw: values[column.index],
        time: tableMeta.get(values, '_time'),
        line: tableMeta.get(values, 'line'),
      })
    }
    expect(new Set(tables.map(({ time, line }) => `${time} ${line}`))).toEqual(
      new Set(['2023-11-14T22:13:20.123456789Z a b,c=d']),
    )
    expect(tables.map(({ type, raw }) => [type, raw])).toEqual([
      ['double', '0.30000000000000004'],
      ['string', ''],
      ['long', '-9223372036854775808'],
      // Go writes line ends inside a cell as CRLF.
      ['string', 'he said "5, 6"\r\nand left'],
      ['unsignedLong', '18446744073709551615'],
      ['boolean', 'true'],
    ])
    expect(tables.map(({ value }) => value).at(-1)).toBe(true)
  })

  it('hands an error that comes after rows to the caller as a row, as with InfluxDB', async () => {
    const found = await rows(
      'import "array"\narray.from(rows: [{x: 1}]) |> yield(name: "first")\narray.from(rows: [{x: 1}]) |> map(fn: (r) => ({x: die(msg: "stopped")}))',
    )
    expect(found.at(-1)).toHaveProperty('error')
    expect(String(found.at(-1)!['error'])).toContain('stopped')
  })

  it('deletes a range and a series', async () => {
    await written((api) => {
      for (const machine of ['m1', 'm2'])
        for (const time of [10, 20, 30])
          api.writePoint(new Point('gone').tag('machine', machine).intField('n', time).timestamp(String(time)))
    })
    const api = new DeleteAPI(influx)
    await api.postDelete({
      org,
      bucket: 'plant',
      body: {
        start: '1970-01-01T00:00:00.00000002Z',
        stop: '1970-01-01T00:00:00.00000003Z',
        predicate: '_measurement="gone" AND machine="m1"',
      },
    })
    expect((await rows(all('gone'))).map(({ machine, _value }) => [machine, _value])).toEqual([
      ['m1', 10],
      ['m2', 10],
      ['m2', 20],
      ['m2', 30],
    ])
  })

  it('manages buckets, organizations, users and tokens', async () => {
    const orgs = new OrgsAPI(influx)
    const buckets = new BucketsAPI(influx)
    const { orgs: found } = await orgs.getOrgs({ org })
    const orgID = found![0]!.id!
    const bucket = await buckets.postBuckets({ body: { orgID, name: 'shift', retentionRules: [] } })
    expect((await buckets.getBuckets({ orgID, name: 'shift' })).buckets?.map(({ id }) => id)).toEqual([bucket.id])
    const changed = await buckets.patchBucketsID({
      bucketID: bucket.id!,
      body: { description: 'of one shift', retentionRules: [{ type: 'expire', everySeconds: 86_400 }] },
    })
    expect(changed).toMatchObject({
      name: 'shift',
      description: 'of one shift',
      retentionRules: [{ everySeconds: 86_400 }],
    })
    const reader = await new AuthorizationsAPI(influx).postAuthorizations({
      body: { orgID, permissions: [{ action: 'read', resource: { type: 'buckets', id: bucket.id!, orgID } }] },
    })
    const readerInflux = new InfluxDB({ url: store.url, token: reader.token! })
    expect((await new BucketsAPI(readerInflux).getBuckets()).buckets?.map(({ name }) => name)).toEqual(['shift'])
    expect((await new UsersAPI(influx).getUsers()).users).toHaveLength(1)
    await buckets.deleteBucketsID({ bucketID: bucket.id! })
    expect(await refusal(buckets.getBucketsID({ bucketID: bucket.id! }))).toEqual({
      status: 404,
      code: 'not found',
      message: 'bucket not found',
    })
  })

  it('finds the store healthy, ready and of the version it speaks', async () => {
    expect(await new HealthAPI(influx).getHealth()).toMatchObject({ name: 'influxdb', status: 'pass' })
    expect(await new ReadyAPI(influx).getReady()).toMatchObject({ status: 'ready' })
    await expect(new PingAPI(influx).getPing()).resolves.toBeUndefined()
  })

  it('learns where a script does not parse', async () => {
    const { errors } = await new QueryAPI(influx).postQueryAnalyze({ body: { query: 'from(bucket: "x") |> range(' } })
    expect(errors).toEqual([{ line: 1, column: 22, character: 0, message: 'expected RPAREN, got EOF' }])
  })
})

describe('what is wrong reaches the client in InfluxDB’s words', () => {
  const write = (lines: string, bucket = 'plant', as = influx): Promise<void> => {
    const api = as.getWriteApi(org, bucket, 'ns', { maxRetries: 0, writeFailed: () => undefined })
    api.writeRecord(lines)
    return api.flush().then(() => api.close())
  }

  it('a token that nobody gave', async () => {
    const stranger = new InfluxDB({ url: store.url, token: 'guessed' })
    const unauthorized = { status: 401, code: 'unauthorized', message: 'unauthorized access' }
    expect(await refusal(stranger.getQueryApi(org).collectRows('buckets()'))).toEqual(unauthorized)
    expect(await refusal(write('m v=1', 'plant', stranger))).toEqual(unauthorized)
  })

  it('a bucket that is not there', async () => {
    expect(await refusal(write('m v=1', 'attic'))).toEqual({
      status: 404,
      code: 'not found',
      message: 'bucket "attic" not found',
    })
    expect(await refusal(rows('from(bucket: "attic") |> range(start: -1h)'))).toMatchObject({
      status: 404,
      message: 'failed to initialize execute state: could not find bucket "attic"',
    })
  })

  it('a line that does not parse, with nothing of its batch stored', async () => {
    expect(await refusal(write('bad v=1 1\nbad v=oven 2'))).toEqual({
      status: 400,
      code: 'invalid',
      message: `unable to parse 'bad v=oven 2': invalid boolean`,
    })
    expect(await rows(all('bad'))).toEqual([])
  })

  it('a point whose type does not fit, with its neighbours stored', async () => {
    await write('mixed v=1 1')
    expect(await refusal(write('mixed v=2i 2\nmixed v=3 3'))).toMatchObject({
      status: 422,
      code: 'unprocessable entity',
      message: expect.stringContaining('already exists as type float dropped=1') as string,
    })
    expect((await rows(all('mixed'))).map(({ _value }) => _value)).toEqual([1, 3])
  })

  it('a script with a name that is not there, and a function that is not built', async () => {
    expect(await refusal(rows('from(bucket: "plant") |> rnage(start: 0)'))).toEqual({
      status: 400,
      code: 'invalid',
      message: 'error @1:26-1:31: undefined identifier rnage',
    })
    expect(await refusal(rows('import "http/requests"\nrequests.get(url: "http://127.0.0.1:1")'))).toMatchObject({
      status: 400,
      message: expect.stringContaining('is not supported by the embedded store') as string,
    })
  })

  it('a resource that the store does not keep, by its name', async () => {
    const answer = await fetch(`${store.url}/api/v2/tasks`, {
      method: 'POST',
      headers: { Authorization: `Token ${token}` },
      body: '{}',
    })
    expect([answer.status, await answer.json()]).toEqual([
      501,
      { code: 'not implemented', message: 'the resource tasks is not supported by the embedded store' },
    ])
  })
})
