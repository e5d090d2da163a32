import { describe, expect, test } from 'vitest'
import { fluxValues } from '../../../../test/support/flux-tables.ts'

const values = (expressions: Readonly<Record<string, string>>) => fluxValues(expressions, ['regexp', 'strings'])

describe('regexp', () => {
  test('finds no empty match right behind a match', async () => {
    expect(await values({ s: 'regexp.replaceAllString(r: /b*/, v: "abc", t: "-")' })).toEqual({ s: '-a-c-' })
  })
  test('reads the name of a group as far as letters, digits and underscores go', async () => {
    expect(
      await values({
        long: 'regexp.replaceAllString(r: /(b)/, v: "abc", t: "$1x")',
        money: 'regexp.replaceAllString(r: /(b)/, v: "abc", t: "$$1")',
      }),
    ).toEqual({ long: 'ac', money: 'a$1c' })
  })
  test('counts positions in bytes', async () => {
    expect(await values({ i: 'regexp.findStringIndex(r: /b/, v: "äb")[0]' })).toEqual({ i: 2n })
  })
  test('gives no position where nothing is found', async () => {
    expect(await values({ n: 'length(arr: regexp.findStringIndex(r: /z/, v: "ab"))' })).toEqual({ n: 0n })
  })
  test('splits into the characters at an expression that matches nothing', async () => {
    expect(await values({ s: 'strings.joinStr(arr: regexp.splitRegexp(r: /x*/, v: "abc", i: -1), v: "|")' })).toEqual({
      s: 'a|b|c',
    })
  })
  test('refuses an expression that is none', async () => {
    await expect(values({ b: 'regexp.matchRegexpString(r: regexp.compile(v: "("), v: "x")' })).rejects.toThrow(
      'error parsing regexp',
    )
  })
})
