import { MAX_AMOUNT, MAX_STOCK, NAME_MAX_LENGTH } from '@jumun/contract/limits'
import { m } from '../../messages/messages.js'
import { formatMoney, formatNumber } from '../../shared/format.ts'
import type { Field, RowEdits } from './cell-edit.ts'

export function fieldLabel(field: Field): string {
  return { name: m.products_name, price: m.products_price, stock: m.products_stock }[field]()
}

/** A value as its column shows it. */
export function formatValue(field: Field, value: string | number): string {
  if (typeof value === 'string') return value
  return field === 'price' ? formatMoney(value) : formatNumber(value)
}

/** What an edit makes of a cell, such as `₩1,200` or `+5`. */
export function describeEdit(field: Field, edit: NonNullable<RowEdits[Field]>): string {
  if ('to' in edit) return formatValue(field, edit.to)
  return edit.add > 0 ? `+${formatNumber(edit.add)}` : formatNumber(edit.add)
}

/** What a cell takes, for a text that it does not. */
export function describeLimits(field: Field): string {
  if (field === 'name') return m.products_wrong_name({ max: formatNumber(NAME_MAX_LENGTH) })
  if (field === 'price') return m.products_wrong_price({ max: formatMoney(MAX_AMOUNT) })
  return m.products_wrong_stock({ max: formatNumber(MAX_STOCK) })
}
