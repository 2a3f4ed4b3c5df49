import { language } from './locale.ts'

/** Formatters are dear to create, so each is made once. */
const formatters = new Map<string, Intl.NumberFormat>()

function numberFormat(kind: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const formatter = formatters.get(kind) ?? new Intl.NumberFormat(language, options)
  formatters.set(kind, formatter)
  return formatter
}

/** Whole KRW, such as `₩12,900`. Points are KRW too. */
export function formatMoney(amount: number): string {
  return numberFormat('money', { style: 'currency', currency: 'KRW', maximumFractionDigits: 0 }).format(amount)
}

/** A signed amount, such as `+₩5,000`. */
export function formatMoneyChange(amount: number): string {
  const options = { style: 'currency', currency: 'KRW', maximumFractionDigits: 0, signDisplay: 'exceptZero' } as const
  return numberFormat('change', options).format(amount)
}

/** A whole number with separators. */
export function formatNumber(value: number): string {
  return numberFormat('number', {}).format(value)
}
