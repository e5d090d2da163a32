import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseGoJson } from './go-json.ts'
import { decodeQueryRequest } from './request.ts'

const json = 'application/json; encoding=utf-8'
const prefix = 'failed to decode request body: '
const notJson = `${prefix}failed parsing request body as JSON; if sending a raw Flux script, set 'Content-Type: application/vnd.flux' in your request headers: `

describe('a request for a query', () => {
  test('holds the script, the dialect and the time that JSON says', () => {
    const request = decodeQueryRequest(
      json,
      JSON.stringify({
        query: 'buckets()',
        type: 'flux',
        now: '2026-01-02T03:04:05.5+01:00',
        dialect: { header: false, delimiter: ';', annotations: ['group'], commentPrefix: '#', quoteChar: '"' },
        extern: { imports: [], body: [] },
        params: { ignored: true },
      }),
    )
    expect(request).toEqual({
      script: 'buckets()',
      ast: null,
      extern: { imports: [], body: [] },
      dialect: { header: false, delimiter: ';', annotations: ['group'] },
      nowNs: BigInt(Date.UTC(2026, 0, 2, 2, 4, 5, 500)) * 1_000_000n,
    })
  })

  test('is the script itself under its own content type, whatever its case and parameters', () => {
    for (const type of ['application/vnd.flux', 'Application/vnd.Flux; charset=utf-8'])
      expect(decodeQueryRequest(type, 'buckets()')).toMatchObject({ script: 'buckets()', nowNs: null })
  })

  test('without a dialect has a header, commas and no annotations; an empty delimiter is a comma', () => {
    const plain = { header: true, delimiter: ',', annotations: [] }
    expect(decodeQueryRequest(null, '{"query": "x"}').dialect).toEqual(plain)
    expect(decodeQueryRequest(json, '{"query": "x", "dialect": {"delimiter": ""}}').dialect).toEqual(plain)
  })

  test('ignores what follows the JSON value', () => {
    expect(decodeQueryRequest(json, '{"query": "x"} and more').script).toBe('x')
  })

  test.each([
    ['', `${notJson}EOF`],
    ['from(bucket: "x")', `${notJson}invalid character 'r' in literal false (expecting 'a')`],
    ['{"query": "x"', `${notJson}unexpected EOF`],
    ['{query: "x"}', `${notJson}invalid character 'q' looking for beginning of object key string`],
    ['{"query" "x"}', `${notJson}invalid character '"' after object key`],
    ['{"query": "x" "y"}', `${notJson}invalid character '"' after object key:value pair`],
    ['[]', `${notJson}json: cannot unmarshal array into Go value of type http.QueryRequest`],
    ['{"query": 7}', `${notJson}json: cannot unmarshal number into Go struct field QueryRequest.query of type string`],
    [
      '{"query": "x", "dialect": "csv"}',
      `${notJson}json: cannot unmarshal string into Go struct field QueryRequest.dialect of type http.QueryDialect`,
    ],
    [
      '{"query": "x", "dialect": {"header": "yes"}}',
      `${notJson}json: cannot unmarshal string into Go struct field QueryDialect.dialect.header of type bool`,
    ],
    [
      '{"query": "x", "now": "yesterday"}',
      `${notJson}parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006"`,
    ],
    ['null', `${prefix}request body requires either query or AST`],
    ['{"query": ""}', `${prefix}request body requires either query or AST`],
    ['{"query": "x", "type": "sql"}', `${prefix}unknown query type: sql`],
    ['{"query": "x", "dialect": {"delimiter": "::"}}', `${prefix}invalid dialect delimeter: must be length 1`],
    ['{"query": "x", "dialect": {"delimiter": "ä"}}', `${prefix}invalid dialect delimeter: must be length 1`],
    [
      '{"query": "x", "dialect": {"commentPrefix": "##"}}',
      `${prefix}invalid dialect comment prefix: must be length 0 or 1`,
    ],
    ['{"query": "x", "dialect": {"annotations": ["unit"]}}', `${prefix}unknown dialect annotation type: unit`],
    ['{"query": "x", "dialect": {"dateTimeFormat": "unix"}}', `${prefix}unknown dialect date time format: unix`],
  ])('%s is refused in the words of InfluxDB', (body, message) => {
    expect(() => decodeQueryRequest(json, body)).toThrow(message)
  })
})

describe("Go's JSON", () => {
  test('is the same as everybody’s where it is right', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(JSON.stringify(parseGoJson(text))).toBe(JSON.stringify(JSON.parse(text)))
      }),
    )
  })

  test('refuses whatever JSON.parse refuses, but for text after the value', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), (text, at) => {
        const cut = text.slice(0, at % text.length)
        const refuses = (parse: (text: string) => unknown): boolean => {
          try {
            parse(cut)
            return false
          } catch (error) {
            expect(error).toBeInstanceOf(SyntaxError)
            return true
          }
        }
        if (refuses(parseGoJson)) expect(refuses(JSON.parse)).toBe(true)
      }),
    )
  })
})
