import { FluxError } from '../../errors.ts'
import { type Builtin, define } from '../../universe/define.ts'
import { UInt } from '../../values.ts'
import { uintArgument } from '../uint-argument.ts'

/** Bits pushed out by 64 places and more are gone; JavaScript must not make a number of 2⁶³ digits first. */
function places(b: bigint): bigint {
  if (b < 0n) throw new FluxError('invalid', `cannot shift by a negative number of bits: ${b}`)
  return b < 64n ? b : 64n
}

const operations: Readonly<Record<string, (a: bigint, b: bigint) => bigint>> = {
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  clear: (a, b) => a & ~b,
  lshift: (a, b) => a << places(b),
  rshift: (a, b) => a >> places(b),
}

const parameters = [
  { name: 'a', required: true },
  { name: 'b', required: true },
]

const inPackage = (name: string): readonly Builtin[] => [
  ...Object.entries(operations).flatMap(([operation, fn]) => [
    define({
      package: name,
      name: `s${operation}`,
      parameters,
      call: (args) => BigInt.asIntN(64, fn(args.int('a'), args.int('b'))),
    }),
    define({
      package: name,
      name: `u${operation}`,
      parameters,
      call: (args) => new UInt(BigInt.asUintN(64, fn(uintArgument(args, 'a'), uintArgument(args, 'b')))),
    }),
  ]),
  define({ package: name, name: 'snot', parameters: [parameters[0]!], call: (args) => ~args.int('a') }),
  define({
    package: name,
    name: 'unot',
    parameters: [parameters[0]!],
    call: (args) => new UInt(BigInt.asUintN(64, ~uintArgument(args, 'a'))),
  }),
]

/** Operations on the 64 bits of ints (`s…`) and uints (`u…`). */
export const bitwiseFunctions: readonly Builtin[] = [...inPackage('bitwise'), ...inPackage('experimental/bitwise')]
