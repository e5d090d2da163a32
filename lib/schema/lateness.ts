/**
 * Jobs work a window out when it ended this long ago, nanoseconds. What comes to the store later than this after its own time
 * may have missed its window's run: the ingestor marks it in `late_arrival`.
 */
export const jobsLatenessNs = 120_000_000_000n

/**
 * So far may the clocks of ingestor and analytics be apart, nanoseconds. Readings count as late by so much earlier, and a run
 * counts as later than a mark only by so much more: a difference up to this much costs a run too many, and never one too few.
 */
export const clocksApartNs = 5_000_000_000n
