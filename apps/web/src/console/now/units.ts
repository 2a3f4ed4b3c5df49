import { formatMoney, formatNumber } from '../../shared/format.ts'
import { language } from '../../shared/locale.ts'

const tenth = new Intl.NumberFormat(language, { maximumFractionDigits: 1 })
const compact = new Intl.NumberFormat(language, { notation: 'compact', maximumFractionDigits: 1 })
const ms = new Intl.NumberFormat(language, {
  style: 'unit',
  unit: 'millisecond',
  unitDisplay: 'short',
  maximumFractionDigits: 1,
})
const seconds = new Intl.NumberFormat(language, {
  style: 'unit',
  unit: 'second',
  unitDisplay: 'long',
  maximumFractionDigits: 0,
})

/** A number in words of its unit. */
export type Format = (value: number) => string

/** A rate: a tenth matters where little happens. */
export const formatRate: Format = (value) => (value < 10 ? tenth.format(value) : formatNumber(Math.round(value)))
export const formatCount: Format = (value) => formatNumber(Math.round(value))
export const formatWon: Format = (value) => formatMoney(Math.round(value))
export const formatMs: Format = (value) => ms.format(value)
export const formatSeconds: Format = (value) => seconds.format(value)
/** As short as an axis needs it. */
export const formatShort: Format = (value) => compact.format(value)
