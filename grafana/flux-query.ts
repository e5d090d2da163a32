import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog'
import { datasource } from './house.ts'

/** One Flux query of a panel, a variable or an annotation; the SDK has none of its own. */
export class FluxQuery implements Builder<Dataquery> {
  constructor(
    readonly refId: string,
    readonly script: string,
  ) {}

  build(): Dataquery {
    const query = {
      refId: this.refId,
      datasource,
      query: this.script,
      // The SDK's mark of a query; being a function, it does not reach the JSON.
      _implementsDataqueryVariant() {},
    }
    return query
  }
}
