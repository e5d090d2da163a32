import { describe, expect, test } from 'vitest'
import { fluxTables, fluxValues } from '../../../../test/support/flux-tables.ts'

const values = (expressions: Readonly<Record<string, string>>) => fluxValues(expressions, ['strings'])

describe('strings', () => {
  test('map case one letter for one', async () => {
    expect(
      await values({
        upper: 'strings.toUpper(v: "ﬁß\u1FB3")',
        lower: 'strings.toLower(v: "\u0130ΑΣ")',
        title: 'strings.toTitle(v: "\u01C6")',
      }),
    ).toEqual({ upper: 'ﬁß\u1FBC', lower: 'iασ', title: '\u01C5' })
  })
  test('fold case without making the Turkish letters equal to i', async () => {
    expect(
      await values({
        kelvin: 'strings.equalFold(v: "\u212A", t: "k")',
        dotless: 'strings.equalFold(v: "\u0131", t: "i")',
      }),
    ).toEqual({ kelvin: true, dotless: false })
  })
  test('put a text before every character where nothing is replaced', async () => {
    expect(
      await values({
        all: 'strings.replaceAll(v: "äb", t: "", u: "-")',
        one: 'strings.replace(v: "äb", t: "", u: "-", i: 1)',
        none: 'strings.replace(v: "aa", t: "a", u: "b", i: 0)',
      }),
    ).toEqual({ all: '-ä-b-', one: '-äb', none: 'aa' })
  })
  test('split into at most n parts, characters too', async () => {
    expect(
      await values({
        none: 'length(arr: strings.splitN(v: "a,b", t: ",", i: 0))',
        chars: 'strings.joinStr(arr: strings.splitN(v: "a🏭c", t: "", i: 2), v: "|")',
        empty: 'length(arr: strings.split(v: "", t: ","))',
      }),
    ).toEqual({ none: 0n, chars: 'a|🏭c', empty: 1n })
  })
  test('trim characters beyond the basic plane and the blanks of Unicode', async () => {
    expect(
      await values({ cut: 'strings.trim(v: "🏭a🏭", cutset: "🏭")', blank: 'strings.trimSpace(v: "\u0085 a\u3000")' }),
    ).toEqual({ cut: 'a', blank: 'a' })
  })
  test('clip a substring that begins behind the end', async () => {
    expect(await values({ s: 'strings.substring(v: "abc", start: 9, end: 12)' })).toEqual({ s: '' })
  })
  test('refuse a negative count instead of answering something', async () => {
    await expect(values({ s: 'strings.repeat(v: "a", i: -1)' })).rejects.toThrow('must not be negative')
  })
  test('refuse a text that is longer than a query may hold', async () => {
    await expect(values({ s: 'strings.repeat(v: "abcdefgh", i: 1000000000)' })).rejects.toThrow()
  })
  test('take no null', async () => {
    await expect(
      fluxTables(`import "array"
import "strings"
import "internal/debug"
array.from(rows: [{s: debug.null(type: "string")}]) |> map(fn: (r) => ({s: strings.toUpper(v: r.s)}))`),
    ).rejects.toThrow('map: failed to evaluate map function: cannot convert argument of type string value <null>')
  })
})
