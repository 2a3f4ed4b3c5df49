import { MIN_ORDER_ID_TEXT } from '@jumun/contract'

/** Order ids from `low` on and below `high`. */
export interface IdRange {
  low: string
  high: string
}

const LOWEST = '00000000-0000-0000-0000-000000000000'
const HIGHEST = 'ffffffff-ffff-ffff-ffff-ffffffffffff'
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const MAX_MS = 2 ** 48 - 1

/** Every id of an order. The highest UUID is not one. */
export const everyId: IdRange = { low: LOWEST, high: HIGHEST }

/** The ids that are in all of these ranges. */
export function intersection(...ranges: IdRange[]): IdRange {
  const lows = ranges.map(({ low }) => low).sort()
  const highs = ranges.map(({ high }) => high).sort()
  return { low: lows.at(-1) ?? LOWEST, high: highs[0] ?? HIGHEST }
}

/** The ids of the orders that were created from a time on and before another: an order's id begins with its `created_at`. */
export function idsOfTime({ from, to }: { from?: string | undefined; to?: string | undefined }): IdRange {
  return { low: from === undefined ? LOWEST : firstIdAt(from), high: to === undefined ? HIGHEST : firstIdAt(to) }
}

function firstIdAt(time: string): string {
  const ms = Math.min(Math.max(Date.parse(time), 0), MAX_MS)
  const digits = ms.toString(16).padStart(12, '0')
  return `${digits.slice(0, 8)}-${digits.slice(8)}${LOWEST.slice(13)}`
}

/** The ids that begin with a text; undefined where it is too short, or no id can begin with it. */
export function idsThatBeginWith(text: string): IdRange | undefined {
  const start = text.toLowerCase()
  const low = start + LOWEST.slice(start.length)
  if (start.length < MIN_ORDER_ID_TEXT || !UUID.test(low)) return undefined
  return { low, high: idAfter(start + HIGHEST.slice(start.length)) }
}

function idAfter(id: string): string {
  if (id === HIGHEST) return id
  const digits = (BigInt(`0x${id.replaceAll('-', '')}`) + 1n).toString(16).padStart(32, '0')
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
