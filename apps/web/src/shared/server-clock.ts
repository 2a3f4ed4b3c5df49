/** How far the server's clock is ahead of this one, in milliseconds. */
let aheadMs = 0

/** Takes the time from a response's `Date`, which is in whole seconds. */
export function learnServerTime(response: Response): void {
  const at = Date.parse(response.headers.get('date') ?? '')
  if (!Number.isNaN(at)) aheadMs = at - Date.now()
}

/** The time by the server's clock, within a second or two. The server sets deadlines, and the clock of a device may be wrong. */
export function serverNow(): number {
  return Date.now() + aheadMs
}
