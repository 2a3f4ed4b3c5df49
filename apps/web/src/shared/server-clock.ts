/** How far the server's clock is ahead of this one, in milliseconds. */
let aheadMs = 0

/** Takes the time from a response's `Date`, which is in whole seconds. */
export function learnServerTime(response: Response): void {
  const at = Date.parse(response.headers.get('date') ?? '')
  if (!Number.isNaN(at)) aheadMs = at - Date.now()
}

/** The time by the server's clock, to a second or two. Times that decide something are the server's, and clocks of devices go wrong. */
export function serverNow(): number {
  return Date.now() + aheadMs
}
