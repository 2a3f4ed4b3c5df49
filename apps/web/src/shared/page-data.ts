/** What the server put into the page, by procedure, so that the first paint needs no request. */
const data = JSON.parse(document.getElementById('page-data')?.textContent ?? '{}') as Record<string, unknown>

/** The answer of a procedure that came with the page, once: later it may be stale. */
export function takePageData<Answer>(name: string): Answer | undefined {
  const answer = data[name] as Answer | undefined
  delete data[name]
  return answer
}
