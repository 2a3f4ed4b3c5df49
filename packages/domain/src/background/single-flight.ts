/**
 * Runs a piece of work at most once at a time. Calls during a run share the next run, so each call gets the result of a
 * run that started after it.
 */
export function singleFlight<Result>(run: () => Promise<Result>): () => Promise<Result> {
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
