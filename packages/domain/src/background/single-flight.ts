/**
 * Runs a piece of work at most once at a time. Callers who come while it runs share the next run: each gets the result
 * of a run that began after the call.
 */
export function sharedRuns<Result>(run: () => Promise<Result>): () => Promise<Result> {
  let current: Promise<Result> | undefined
  let next: Promise<Result> | undefined
  const start = () => {
    current = run().finally(() => {
      current = undefined
    })
    return current
  }
  return function call(): Promise<Result> {
    if (!current) return start()
    next ??= current
      .catch(() => {})
      .then(() => {
        next = undefined
        return call()
      })
    return next
  }
}
