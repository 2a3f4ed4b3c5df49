import type { AdminProduct } from '@jumun/client'
import { FIELDS, type Field, parseEdit } from './cell-edit.ts'
import { type Draft, editCell } from './draft.ts'

export interface Pasted {
  draft: Draft
  filled: number
  /** Cells with a text that they do not take, and cells of removed products; they stay as they are. */
  refused: number
}

/** Fills cells from a spreadsheet into the grid: downwards from a product, to the right from a field. */
export function paste(draft: Draft, cells: string[][], products: readonly AdminProduct[], from: Field): Pasted {
  const fields = FIELDS.slice(FIELDS.indexOf(from))
  const pasted: Pasted = { draft, filled: 0, refused: 0 }
  for (const [index, line] of cells.entries()) {
    const product = products[index]
    for (const [column, field] of fields.entries()) {
      const text = line[column]
      if (text === undefined || text.trim() === '') continue
      const isEditable = product && product.removedAt === null && !pasted.draft[product.id]?.sent
      const edit = isEditable ? parseEdit(field, text, product) : undefined
      if (!product || edit === undefined) pasted.refused += 1
      else {
        pasted.filled += 1
        pasted.draft = editCell(pasted.draft, product, field, edit)
      }
    }
  }
  return pasted
}
