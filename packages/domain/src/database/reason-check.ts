/** The CHECK condition of a column for a caller's reason: null, or text in NFC. */
export function reasonCheck(column: string): string {
  return `${column} <> '' and ${column} is nfc normalized`
}
