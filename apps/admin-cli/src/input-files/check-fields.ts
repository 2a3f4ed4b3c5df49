import { isPlainInteger } from '../options/value-parsers.ts'
import type { Columns } from './read-csv.ts'

/** Returns the fields of a row, or what is wrong with it. */
export function readFields(row: unknown, { required, optional }: Columns): Record<string, unknown> | string {
  const known = [...required, ...optional]
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return `is not an object with ${known.join(', ')}`
  const unknownField = Object.keys(row).find((field) => !known.includes(field))
  return unknownField === undefined ? { ...row } : `has an unknown field ${JSON.stringify(unknownField)}`
}

/** Returns what is wrong with a number, if anything. In CSV a number is a text of digits. */
export function wrongNumber(field: string, value: unknown, min: number, max: number): string | undefined {
  if (value === undefined || value === '') return `has no ${field}`
  const number = typeof value === 'string' && isPlainInteger(value) ? Number(value) : value
  if (typeof number === 'number' && Number.isInteger(number) && number >= min && number <= max) return undefined
  return `has ${field} ${JSON.stringify(value)}, which is not a whole number from ${min} to ${max}`
}

/** Text as the API spells it: in NFC, without surrounding white space. */
export function canonicalText(text: string): string {
  return text.normalize('NFC').trim()
}

/** What the API refuses as text with nothing to see. */
const SHOWS_NOTHING = /^[\p{Z}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]*$/u

/** Returns what is wrong with a text in the API's spelling, if anything. */
export function wrongText(field: string, value: unknown, maxLength: number): string | undefined {
  if (typeof value !== 'string' || value === '') return `has no ${field}`
  if (value.length > maxLength) return `has a ${field} of more than ${maxLength} characters`
  if (!value.isWellFormed() || /\p{Cc}/u.test(value)) return `has a ${field} with control characters`
  return SHOWS_NOTHING.test(value) ? `has a ${field} with nothing to see` : undefined
}
