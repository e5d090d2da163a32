import type { Batch } from '../batch.ts'

/** Gives each point the lot, product, operator and order of its own time. Pure: the same batch and intervals, the same bytes. */
export type Contextualise = (batch: Batch) => Batch

/** Points carry the context that their sender gave them; intervals of our own are not kept by this version. */
export const asSent: Contextualise = (batch) => batch
