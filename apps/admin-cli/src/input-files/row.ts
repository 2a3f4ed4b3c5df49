/** A row as read from a file: its line, and its value or what is wrong with it. In a blank row of CSV no field has text. */
export type RawRow = { line: number } & ({ value: unknown } | { problem: string } | { isBlank: true })

/** A valid row. */
export interface GoodRow<Item> {
  item: Item
  /** Where it came from, for messages, such as `line 12`. */
  place: string
}
