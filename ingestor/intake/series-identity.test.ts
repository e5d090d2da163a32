import { describe, expect, it } from 'vitest'
import { randomFrom } from '../../test/support/simulated-disk.ts'
import { seriesIdentity } from './series-identity.ts'

const of = (key: string): number => {
  // What stands around it is no part of it.
  const bytes = Buffer.from(`x,${key} v=1`)
  return seriesIdentity(bytes, 2, bytes.length - 4)
}

describe('the identity of a series', () => {
  it('depends on measurement, names and values, not on the order of tags nor on those of the context', () => {
    expect(of('m,b=2,a=1')).toBe(of('m,a=1,b=2'))
    expect(of('m,a=1,b=2,lot=7,operator=o,order=x,product=p')).toBe(of('m,lot=8,a=1,b=2'))
    expect(of('m,lot=7')).toBe(of('m'))
    const others = [
      'm',
      'm,a=1',
      'm,a=2',
      'm,b=1',
      'n,a=1',
      'm,a=1,b=1',
      'm,lots=1',
      'm,lo=1',
      'm,a\\=1=1',
      'm,a=\\=1\\=1',
      'm\\,a=1',
    ]
    expect(new Set(others.map(of)).size).toBe(others.length)
  })

  it('differs for a million series that look alike', () => {
    const random = randomFrom(7)
    const known = new Set<number>()
    const count = 1_000_000
    for (let i = 0; i < count; i++)
      known.add(of(`burst,machine=M${i % 40},request=r${i},t=${Math.floor(random() * 3)}`))
    expect(known.size).toBe(count)
    for (const id of known) if (!Number.isSafeInteger(id) || id < 0) throw new Error(`${id} is no id`)
  })
})
