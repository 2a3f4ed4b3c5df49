import { hash } from 'node:crypto'
import type { NewProduct } from '@jumun/client'
import { KEY_MAX_LENGTH, MAX_AMOUNT, MAX_STOCK, NAME_MAX_LENGTH } from '@jumun/contract/limits'
import { canonicalText, readFields, wrongNumber, wrongText } from '../../input-files/check-fields.ts'

const CONTENT_KEY_LENGTH = 22

export const PRODUCT_COLUMNS = { required: ['name', 'price', 'stock'], optional: ['key'] }

export interface KeyOptions {
  /** Whether products get keys at all. */
  keys: boolean
  /** Is put before every key. */
  keyPrefix: string
}

/**
 * Makes a product of a row, or returns what is wrong with the row. A row without a key gets one made of its content, so that a
 * file that was corrected, extended or sorted can be seeded again.
 */
export function productRow(row: unknown, { keys, keyPrefix }: KeyOptions): NewProduct | string {
  const fields = readFields(row, PRODUCT_COLUMNS)
  if (typeof fields === 'string') return fields
  const { price, stock, key: own } = fields
  const name = typeof fields['name'] === 'string' ? canonicalText(fields['name']) : fields['name']
  const wrong =
    wrongText('name', name, NAME_MAX_LENGTH) ??
    wrongNumber('price', price, 1, MAX_AMOUNT) ??
    wrongNumber('stock', stock, 0, MAX_STOCK)
  if (wrong !== undefined) return wrong
  // The key is made of the canonical name, so that a row in another spelling is the same product.
  const product = { name: name as string, price: Number(price), stock: Number(stock) }
  if (!keys) return product
  if (own !== undefined && typeof own !== 'string') return 'has a key that is not text'
  const key = canonicalText(keyPrefix + (canonicalText(own ?? '') || contentKey(product)))
  return wrongText('key', key, KEY_MAX_LENGTH) ?? { ...product, key }
}

/** 22 characters are 132 bits: collisions are unlikely even among a billion rows. */
function contentKey({ name, price, stock }: NewProduct): string {
  return `row-${hash('sha256', JSON.stringify([name, price, stock]), 'base64url').slice(0, CONTENT_KEY_LENGTH)}`
}
