/** One row of a file as it stands there: what it holds, or what is wrong with it; and where it stands. */
export type RawRow = { line: number } & ({ value: unknown } | { problem: string })

/** A row that is good to work with, and where it comes from, such as `line 12`. */
export interface GoodRow<Item> {
  item: Item
  place: string
}
