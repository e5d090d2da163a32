import { describe, expect, it } from 'vitest'
import { tokenOf } from './authorization.ts'
import { hashToken, sameHash } from './hash.ts'

describe('the token of a request', () => {
  it.each([
    ['Token abc', 'abc'],
    ['token abc  ', 'abc'],
    ['BEARER abc', 'abc'],
    ['Token  abc', ' abc'],
    ['Basic dTphYmM=', null],
    ['abc', null],
    ['Token ', null],
    [undefined, null],
  ])('v2: %s → %s', (header, token) => expect(tokenOf(header)).toBe(token))

  it.each([
    ['Token abc', '', 'abc'],
    ['Token user:abc', '', 'abc'],
    ['Basic dTphYmM=', '', 'abc'],
    ['Bearer abc', '', null],
    [undefined, 'u=any&p=abc', 'abc'],
    [undefined, 'p=abc', null],
    ['Token other', 'u=any&p=abc', 'abc'],
    ['Token other', 'p=abc', 'other'],
    ['Basic YWJj', '', null],
  ])('v1: %s with ?%s → %s', (header, query, token) =>
    expect(tokenOf(header, 'v1', new URLSearchParams(query))).toBe(token),
  )
})

it('compares hashes', () => {
  expect(sameHash(hashToken('a'), hashToken('a'))).toBe(true)
  expect(sameHash(hashToken('a'), hashToken('b'))).toBe(false)
  expect(sameHash(hashToken('a'), Buffer.alloc(0))).toBe(false)
})
