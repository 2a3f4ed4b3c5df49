/**
 * The costs of a cell with two cores, from docs/benchmarks.md (at the commit of the feed of changes): one connection places an order in
 * 5.6 ms, and 64 connections place 1,495 orders a second of one product, which is 42.8 ms for each 64. A batch of n orders takes
 * BATCH_MS + n × ORDER_MS.
 */
export const BATCH_MS = 5
export const ORDER_MS = 0.59
/** The standard deviation of the logarithm of a batch's time: with one connection, the p99 is 2.7 times the median. */
export const BATCH_SPREAD = 0.42

/** As in the order queue of the API. */
export const MAX_BATCH = 100
export const MAX_QUEUE = 2_000
export const MAX_QUEUE_MS = 2_800

/** How long to wait before a message between cells is sent again. Doubled each time, so that retries do not overload a slow home. */
export const RETRY_MS = 200
export const MAX_RETRY_MS = 1_600
/** How many portions are recalled for one request. Limited, so that the requests of all cells do not each ask every cell. */
export const MAX_RECALLS = 4
