import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sortValues, withVariables } from './variables.ts'

const machine = { type: 'query', name: 'machine', allValue: '.*' }
const zone = { type: 'custom', name: 'zone', current: { value: 'Europe/Berlin' } }
const site = { type: 'constant', name: 'site', query: 'hillside' }
const definitions = [machine, zone, site]
const one = (...values: string[]) => ({ all: false, values })

/** The string that a Flux literal stands for; null when the text is not one whole literal without an expression in it. */
function readLiteral(text: string): string | null {
  if (!/^"(?:[^"\\$]|\$(?!\{)|\\[\s\S])*"$/.test(text)) return null
  return text.slice(1, -1).replace(/\\([\s\S])/g, (_, next: string) => ({ n: '\n', r: '\r' })[next] ?? next)
}

describe('variables in Flux', () => {
  it('match exactly what was chosen', () => {
    const script = 'r.machine =~ /^${machine:regex}$/'
    expect(withVariables(script, definitions, { machine: one('press-1') })).toBe('r.machine =~ /^press-1$/')
    expect(withVariables(script, definitions, { machine: one('a.b', 'c/d') })).toBe('r.machine =~ /^(a\\.b|c\\/d)$/')
  })

  it('write "all" in the dashboard’s own words', () => {
    const script = '/^${machine:regex}$/'
    expect(withVariables(script, definitions, { machine: { all: true, values: ['x'] } })).toBe('/^.*$/')
    const wordless = [{ type: 'query', name: 'machine' }]
    expect(withVariables(script, wordless, { machine: { all: true, values: ['x', 'y'] } })).toBe('/^(x|y)$/')
  })

  it('with nothing chosen match nothing', () => {
    expect(withVariables('/^${machine:regex}$/', definitions, { machine: one() })).toBe('/^$/')
  })

  it('that were not sent are what the dashboard says, and a constant always is', () => {
    const script = '${zone:doublequote} ${site:doublequote}'
    expect(withVariables(script, definitions, { site: one('elsewhere') })).toBe('"Europe/Berlin" "hillside"')
  })

  it('can never leave the string they stand in, whatever they are', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'"\\${}\n/x') })), (value) => {
        const text = withVariables('${zone:doublequote}', definitions, { zone: one(value) })
        expect(readLiteral(text)).toBe(value)
      }),
    )
  })

  it('can never leave the regular expression they stand in, and match themselves alone', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'"\\${}()[]|.*+?^/\nab-') }), (value) => {
        const text = withVariables('${machine:regex}', definitions, { machine: one(value) })
        expect(text).not.toMatch(/(^|[^\\])(\\\\)*\//)
        expect(text).not.toContain('\n')
        if (value !== '') expect(new RegExp(`^(?:${text})$`).test(value)).toBe(true)
        expect(new RegExp(`^(?:${text})$`).test(`${value}x`)).toBe(false)
      }),
    )
  })

  it.each(['$machine', '${machine}', '${machine:raw}', '${machine:csv}', '${nobody:regex}', '$other'])(
    'are refused where they could be read as Flux or are unknown: %s',
    (script) => {
      expect(() => withVariables(script, definitions, { machine: one('x') })).toThrow(/is no variable|safe in Flux/)
    },
  )
})

describe('the order of values', () => {
  const values = ['b10', 'B9', 'a', '-3', '20']
  it.each([
    [0, ['b10', 'B9', 'a', '-3', '20']],
    [1, ['-3', '20', 'B9', 'a', 'b10']],
    [2, ['b10', 'a', 'B9', '20', '-3']],
    [7, ['-3', '20', 'a', 'B9', 'b10']],
    [8, ['b10', 'B9', 'a', '20', '-3']],
  ])('number %i', (sort, expected) => {
    expect(sortValues(values, sort)).toEqual(expected)
  })
})
