/*
 * English and Korean write numbers and Won the same way. Without Intl, because its first use loads what a browser knows of languages:
 * 25 ms of a fast processor, just before the first products are painted.
 */

const GROUPS = /\B(?=(?:\d{3})+$)/g

/** Whole KRW, such as `₩12,900`. Points are KRW too. */
export function formatMoney(amount: number): string {
  return `${amount < 0 ? '-' : ''}₩${formatNumber(Math.abs(amount))}`
}

/** A signed amount, such as `+₩5,000`. */
export function formatMoneyChange(amount: number): string {
  return amount > 0 ? `+${formatMoney(amount)}` : formatMoney(amount)
}

/** A whole number with separators. */
export function formatNumber(value: number): string {
  return String(value).replace(GROUPS, ',')
}
