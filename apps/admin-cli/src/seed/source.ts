import type { NewProduct } from '@jumun/client'

/** A product to create, and where it comes from, such as `line 12`. */
export interface SourceRow {
  product: NewProduct
  place: string
}

/** Products to create. */
export interface ProductSource {
  /** How many there are. */
  total: number
  rows: Iterable<SourceRow> | AsyncIterable<SourceRow>
}

/** One row of a file: the product, or what is wrong with the row; and where it stands. */
export interface FileRow {
  product: NewProduct | string
  place: string
}
