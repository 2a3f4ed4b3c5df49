import { DomainError } from '@jumun/domain'

/** Calls `work` `count` times at once, each with its number from 0, and waits for all. */
export async function inParallel<Result>(
  count: number,
  work: (index: number) => Promise<Result>,
): Promise<PromiseSettledResult<Result>[]> {
  return Promise.allSettled(Array.from({ length: count }, (_, index) => work(index)))
}

/** Calls `work` `count` times, each with its number from 0, at most `workers` at once. */
export async function byWorkers<Result>(
  { workers, count }: { workers: number; count: number },
  work: (index: number) => Promise<Result>,
): Promise<PromiseSettledResult<Result>[]> {
  const results: PromiseSettledResult<Result>[] = []
  let next = 0
  await inParallel(workers, async () => {
    for (let index = next++; index < count; index = next++) {
      const [result] = await Promise.allSettled([work(index)])
      results[index] = result
    }
  })
  return results
}

/** Counts results: `fulfilled`, by the code of a domain error, or by the text of another error. */
export function tally(results: PromiseSettledResult<unknown>[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const result of results) {
    const name = nameOf(result)
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

function nameOf(result: PromiseSettledResult<unknown>): string {
  if (result.status === 'fulfilled') return 'fulfilled'
  return result.reason instanceof DomainError ? result.reason.code : String(result.reason)
}

/** The values of the fulfilled results. */
export function fulfilled<Result>(results: PromiseSettledResult<Result>[]): Result[] {
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
}
