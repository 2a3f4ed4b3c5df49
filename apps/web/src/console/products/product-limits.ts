/** The API's limits, repeated here so that a cell or a file can be checked before anything is sent. A test compares them to the contract. */
export const NAME_MAX_LENGTH = 200
export const KEY_MAX_LENGTH = 64
export const MAX_PRICE = 1_000_000_000
export const MAX_STOCK = 1_000_000_000
export const REASON_MAX_LENGTH = 200
export const CREATE_MAX_ITEMS = 1_000
export const KEYS_MAX_ITEMS = 100

/** What the API refuses as text with nothing to see. */
const SHOWS_NOTHING = /^[\p{Z}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]*$/u

/** Text as the API spells it: in NFC, without surrounding white space. */
export function canonicalText(text: string): string {
  return text.normalize('NFC').trim()
}

/** Whether a text in the API's spelling is one that it takes. */
export function isText(text: string, maxLength: number): boolean {
  return text.length <= maxLength && text.isWellFormed() && !/\p{Cc}/u.test(text) && !SHOWS_NOTHING.test(text)
}

/** Whether a number is one that the API takes. */
export function isWholeNumber(value: number, min: number, max: number): boolean {
  return Number.isInteger(value) && value >= min && value <= max
}
