import { expect, test } from 'vitest'
import { formatMoney, formatMoneyChange, formatNumber } from '../../src/shared/format.ts'

test('numbers and Won are written as Intl writes them in both languages', () => {
  const won = { style: 'currency', currency: 'KRW', maximumFractionDigits: 0 } as const
  for (const language of ['en', 'ko'])
    for (const value of [0, 7, 999, 1_000, 12_900, 1_234_567, -5, -12_900, 9_007_199_254_740_991]) {
      expect(formatNumber(value)).toBe(new Intl.NumberFormat(language).format(value))
      expect(formatMoney(value)).toBe(new Intl.NumberFormat(language, won).format(value))
      const change = new Intl.NumberFormat(language, { ...won, signDisplay: 'exceptZero' })
      expect(formatMoneyChange(value)).toBe(change.format(value))
    }
})
