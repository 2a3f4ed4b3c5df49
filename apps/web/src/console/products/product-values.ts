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
