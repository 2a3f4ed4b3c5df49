import type { AdminProduct } from '@jumun/client'
import { MAX_AMOUNT, MAX_STOCK, NAME_MAX_LENGTH } from '@jumun/contract/limits'
import { canonicalText, isText, isWholeNumber } from './product-values.ts'

/** The columns that can be edited, as they stand from left to right. */
export const FIELDS = ['name', 'price', 'stock'] as const

export type Field = (typeof FIELDS)[number]

/** A new value, and the one that was seen when it was typed. */
interface NewValue<Value> {
  seen: Value
  to: Value
}

/** What is added to a stock, whatever the stock is by then. */
interface StockChange {
  add: number
}

/** What is to become of the cells of a row. */
export interface RowEdits {
  name?: NewValue<string>
  price?: NewValue<number>
  stock?: NewValue<number> | StockChange
}

export type SeenProduct = Pick<AdminProduct, Field>

/** The edit that a text asks for; null where nothing changes, undefined where the text is not one that the cell takes. */
export function parseEdit<Name extends Field>(
  field: Name,
  typed: string,
  seen: SeenProduct,
): NonNullable<RowEdits[Name]> | null | undefined
export function parseEdit(field: Field, typed: string, seen: SeenProduct): RowEdits[Field] | null {
  const text = canonicalText(typed)
  if (field === 'name') {
    if (text === seen.name) return null
    return isText(text, NAME_MAX_LENGTH) ? { seen: seen.name, to: text } : undefined
  }
  if (field === 'price') {
    const to = parseNumber(text)
    if (to === seen.price) return null
    return isWholeNumber(to, 1, MAX_AMOUNT) ? { seen: seen.price, to } : undefined
  }
  return parseStock(text, seen.stock)
}

/** `+5` and `-5` add, `=5` and `5` set. */
function parseStock(text: string, seen: number): RowEdits['stock'] | null {
  const isChange = /^[+-]/.test(text)
  const number = parseNumber(text.replace(/^[=+-]\s*/, ''))
  if (!isWholeNumber(number, 0, MAX_STOCK)) return undefined
  if (isChange) return number === 0 ? null : { add: text.startsWith('-') ? -number : number }
  return number === seen ? null : { seen, to: number }
}

/** Digits, also with the separators and the currency that spreadsheets write. */
const NUMBER = /^(?:₩|KRW)?\s*(\d{1,3}(?:,\d{3})+|\d+)\s*(?:원)?$/

function parseNumber(text: string): number {
  const digits = NUMBER.exec(text)?.[1]
  return digits === undefined ? Number.NaN : Number(digits.replaceAll(',', ''))
}

/** The text with which the editor of a cell begins. */
export function editText(field: Field, product: SeenProduct, edits: RowEdits = {}): string {
  const edit = edits[field]
  if (edit && 'add' in edit) return edit.add > 0 ? `+${edit.add}` : String(edit.add)
  return String(edit ? edit.to : product[field])
}

/** The edits with one of them replaced, or taken out. */
export function withEdit(edits: RowEdits, field: Field, edit: RowEdits[Field] | null): RowEdits {
  const { [field]: _before, ...others } = edits
  return edit ? { ...others, [field]: edit } : others
}

export function hasEdits(edits: RowEdits): boolean {
  return FIELDS.some((field) => edits[field] !== undefined)
}
