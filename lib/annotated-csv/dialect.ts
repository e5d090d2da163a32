export type Annotation = 'datatype' | 'group' | 'default'

/** How a client wants its CSV. */
export interface Dialect {
  readonly header: boolean
  /** One character. */
  readonly delimiter: string
  /** In the order in which they are to appear. */
  readonly annotations: readonly Annotation[]
}

/** What a client gets that says nothing: a header, commas, no annotations. */
export const defaultDialect: Dialect = { header: true, delimiter: ',', annotations: [] }

/** What our own clients ask for: everything the decoder needs to know types again. */
export const annotatedDialect: Dialect = { header: true, delimiter: ',', annotations: ['datatype', 'group', 'default'] }
