import { hash } from 'node:crypto'
import type { NewProduct } from '@jumun/client'
import { readFields, wrongNumber, wrongText } from '../../input-files/check-fields.ts'

/** As the API takes them: a whole file is checked before any of it is created. */
const MAX_NAME_LENGTH = 200
const MAX_KEY_LENGTH = 64
const MAX_PRICE = 1_000_000_000
const MAX_STOCK = 1_000_000_000

const CONTENT_KEY_LENGTH = 22

export const PRODUCT_COLUMNS = { required: ['name', 'price', 'stock'], optional: ['key'] }
const FIELDS = [...PRODUCT_COLUMNS.required, ...PRODUCT_COLUMNS.optional]

/** What becomes the key of a row: none, or the row's own key or one of its content, after a prefix. */
export interface KeyOptions {
  keys: boolean
  keyPrefix: string
}

/**
 * Makes the product of a row of a file, or says what is wrong with the row. A row without a key gets one of its content, so that a
 * file can be corrected, grow or be put into another order and be seeded again.
 */
export function productRow(row: unknown, { keys, keyPrefix }: KeyOptions): NewProduct | string {
  const fields = readFields(row, FIELDS)
  if (typeof fields === 'string') return fields
  const { name, price, stock, key: own } = fields
  const wrong =
    wrongText('name', name, MAX_NAME_LENGTH) ??
    wrongNumber('price', price, 1, MAX_PRICE) ??
    wrongNumber('stock', stock, 0, MAX_STOCK)
  if (wrong !== undefined) return wrong
  const product = { name: name as string, price: Number(price), stock: Number(stock) }
  if (!keys) return product
  if (own !== undefined && typeof own !== 'string') return 'has a key that is not text'
  const key = keyPrefix + (own || contentKey(product))
  return wrongText('key', key, MAX_KEY_LENGTH) ?? { ...product, key }
}

/** 132 bits: of a billion rows no two different ones are likely to get the same. */
function contentKey({ name, price, stock }: NewProduct): string {
  return `row-${hash('sha256', JSON.stringify([name, price, stock]), 'base64url').slice(0, CONTENT_KEY_LENGTH)}`
}
