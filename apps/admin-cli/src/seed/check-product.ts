import type { NewProduct } from '@jumun/client'
import { isPlainInteger } from '../arguments.ts'

/** As the API takes them: a whole file is checked before any of it is created. */
const MAX_NAME_LENGTH = 200
const MAX_PRICE = 1_000_000_000
const MAX_STOCK = 1_000_000_000

const FIELDS = ['name', 'price', 'stock']

/**
 * Checks one row of a file.
 *
 * @param row numbers may be texts, as they are in CSV
 * @returns the product, or what is wrong with the row
 */
export function checkProduct(row: unknown): NewProduct | string {
  if (typeof row !== 'object' || row === null || Array.isArray(row))
    return 'is not an object with name, price and stock'
  const unknownField = Object.keys(row).find((field) => !FIELDS.includes(field))
  if (unknownField !== undefined) return `has an unknown field ${JSON.stringify(unknownField)}`
  const { name, price, stock } = row as Record<string, unknown>
  if (typeof name !== 'string' || name === '') return 'has no name'
  if (name.length > MAX_NAME_LENGTH) return `has a name of more than ${MAX_NAME_LENGTH} characters`
  if (!name.isWellFormed() || /\p{Cc}/u.test(name)) return 'has a name with control characters'
  const wrong = wrongNumber('price', price, 1, MAX_PRICE) ?? wrongNumber('stock', stock, 0, MAX_STOCK)
  return wrong ?? { name, price: Number(price), stock: Number(stock) }
}

function wrongNumber(field: string, value: unknown, min: number, max: number): string | undefined {
  if (value === undefined || value === '') return `has no ${field}`
  const number = typeof value === 'string' && isPlainInteger(value) ? Number(value) : value
  if (typeof number === 'number' && Number.isInteger(number) && number >= min && number <= max) return undefined
  return `has ${field} ${JSON.stringify(value)}, which is not a whole number from ${min} to ${max}`
}
