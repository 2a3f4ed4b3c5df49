import type { NewProduct } from '@jumun/client'
import { KEY_MAX_LENGTH, MAX_AMOUNT, MAX_STOCK, NAME_MAX_LENGTH } from '@jumun/contract/limits'
import { canonicalText, isText, isWholeNumber } from '../product-values.ts'

/** Why a row is refused. */
export type Wrong =
  | { why: 'text'; field: 'name' | 'key'; max: number }
  | { why: 'number'; field: 'price' | 'stock'; min: number; max: number }
  | { why: 'field'; field: string }
  | { why: 'shape' }
  | { why: 'same-key'; row: number }
  /** In the words of the server. */
  | { why: 'server'; message: string }

export type NewItem = NewProduct & { key: string }

export const COLUMNS = ['name', 'price', 'stock', 'key']
export const REQUIRED_COLUMNS = ['name', 'price', 'stock']

const MAX_SHOWN_FIELD = 40

/** Makes a product of a row, or says what is wrong with it. A row without a key gets `derivedKey`. */
export function checkRow(row: unknown, derivedKey: string): NewItem | Wrong {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return { why: 'shape' }
  const unknown = Object.keys(row).find((field) => !COLUMNS.includes(field))
  if (unknown !== undefined) return { why: 'field', field: unknown.slice(0, MAX_SHOWN_FIELD) }
  const fields = row as Record<string, unknown>
  const name = typeof fields['name'] === 'string' ? canonicalText(fields['name']) : ''
  if (!isText(name, NAME_MAX_LENGTH)) return { why: 'text', field: 'name', max: NAME_MAX_LENGTH }
  const price = toNumber(fields['price'])
  if (!isWholeNumber(price, 1, MAX_AMOUNT)) return { why: 'number', field: 'price', min: 1, max: MAX_AMOUNT }
  const stock = toNumber(fields['stock'])
  if (!isWholeNumber(stock, 0, MAX_STOCK)) return { why: 'number', field: 'stock', min: 0, max: MAX_STOCK }
  const { key: own = '' } = fields
  const key = typeof own === 'string' ? canonicalText(own) || derivedKey : ''
  return isText(key, KEY_MAX_LENGTH) ? { name, price, stock, key } : { why: 'text', field: 'key', max: KEY_MAX_LENGTH }
}

export function isWrong(checked: NewItem | Wrong): checked is Wrong {
  return 'why' in checked
}

/** In CSV a number is a text of digits. */
function toNumber(value: unknown): number {
  if (typeof value === 'number') return value
  return typeof value === 'string' && /^(0|[1-9]\d*)$/.test(value.trim()) ? Number(value) : Number.NaN
}
