import { describe, expect, test } from 'vitest'
import { fluxValues } from '../../../../test/support/flux-tables.ts'

describe('dict', () => {
  test('changes make new dicts', async () => {
    expect(
      await fluxValues(
        {
          a: 'dict.get(dict: dict.insert(dict: ["k": 1], key: "k", value: 2), key: "k", default: 0)',
          b: 'dict.get(dict: dict.remove(dict: ["k": 1], key: "other"), key: "k", default: 0)',
        },
        ['dict'],
      ),
    ).toEqual({ a: 2n, b: 1n })
  })
  test('finds times by their instant', async () => {
    expect(
      await fluxValues({ t: 'dict.get(dict: [2026-01-01: "new year"], key: 2026-01-01T01:00:00+01:00, default: "")' }, [
        'dict',
      ]),
    ).toEqual({ t: 'new year' })
  })
})

describe('array', () => {
  test('filter keeps what is true, map numbers nothing', async () => {
    expect(
      await fluxValues({
        n: 'length(arr: [1, 2, 3] |> array.filter(fn: (x) => x > 1))',
        s: '([1, 2] |> array.map(fn: (x) => x * 10))[1]',
      }),
    ).toEqual({ n: 2n, s: 20n })
  })
  test('a conversion that fails tells which value', async () => {
    await expect(fluxValues({ n: 'length(arr: ["1", "x"] |> array.toInt())' })).rejects.toThrow()
  })
})
