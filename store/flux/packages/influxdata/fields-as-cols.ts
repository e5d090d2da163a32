import { type Builtin, define } from '../../universe/define.ts'
import { FluxArray } from '../../values.ts'
import { callUniverse } from '../call-universe.ts'

/** Fields of one time side by side: a pivot on `_time` and `_field`. */
export const fieldsAsCols: readonly Builtin[] = ['influxdata/influxdb/schema', 'influxdata/influxdb/v1'].map((path) =>
  define({
    package: path,
    name: 'fieldsAsCols',
    parameters: [{ name: 'tables', pipe: true }],
    call: (args, context) =>
      callUniverse(
        'pivot',
        args.stream(),
        { rowKey: new FluxArray(['_time']), columnKey: new FluxArray(['_field']), valueColumn: '_value' },
        context,
      ),
  }),
)
