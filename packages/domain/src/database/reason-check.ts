/** The condition for a reason that a caller gave, or none: text in NFC. */
export function reasonCheck(column: string): string {
  return `${column} <> '' and ${column} is nfc normalized`
}
