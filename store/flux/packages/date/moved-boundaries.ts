import { FluxError } from '../../errors.ts'
import { type Builtin, define } from '../../universe/define.ts'
import { boundaries } from './boundaries.ts'

/** The package's old name: its functions only tell where they are now. */
export const movedBoundaries: readonly Builtin[] = boundaries.map(({ name, parameters }) =>
  define({
    package: 'date/boundaries',
    name,
    parameters,
    call: () => {
      throw new FluxError('invalid', "the 'date/boundaries' package has been moved to 'experimental/date/boundaries'")
    },
  }),
)
