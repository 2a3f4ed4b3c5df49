/**
 * What a cell of two cores takes, of docs/benchmarks.md (commit of the feed of changes): one connection places an order in 5.6 ms, and 64
 * connections place 1,495 orders a second of one product, which is 42.8 ms for each 64. A batch of n orders takes
 * BATCH_MS + n × ORDER_MS.
 */
export const BATCH_MS = 5
export const ORDER_MS = 0.59
/** Of the logarithm of BATCH_MS: with one connection, the p99 is 2.7 times the median. */
export const BATCH_SPREAD = 0.42

/** As in the order queue of the API. */
export const MAX_BATCH = 100
export const MAX_QUEUE = 2_000
export const MAX_QUEUE_MS = 2_800

/** Before a message between cells is sent again: doubled each time, so that a home that is slow is not made slower. */
export const RETRY_MS = 200
export const MAX_RETRY_MS = 1_600
/** How many portions are asked back for one request, so that a request of each cell does not ask every cell. */
export const MAX_RECALLS = 4
