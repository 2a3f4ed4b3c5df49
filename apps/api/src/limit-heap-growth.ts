import { setFlagsFromString } from 'node:v8'

/**
 * How far V8's heap may grow before the next full collection, in percent of the live heap. V8's default is as fast, but
 * takes half a gigabyte under load instead of a quarter.
 */
const HEAP_GROWTH_PERCENT = 40

/** Limits the memory of this process. For programs that serve the API and nothing else: a larger live heap is collected too often. */
export function limitHeapGrowth(): void {
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH_PERCENT}`)
}
