import type { AdminProduct, Product, UpdateProductInput } from '@jumun/client'
import { FIELDS, type Field, hasEdits, type RowEdits, withEdit } from './cell-edit.ts'

/** What is to become of one product, and how far its saving is. */
export interface RowDraft {
  id: number
  /** The name when it was edited, by which the save bar calls the product. */
  label: string
  edits: RowEdits
  /** What was sent and is not answered yet. It is repeated as it is, with its key, until the outcome is known. */
  sent?: { input: UpdateProductInput; at: number; isUnknown?: boolean }
  /** The product as it is, where that is not what was seen. */
  conflict?: Product
  /** Why it was refused, in words. */
  refusal?: string
}

/** All that is edited and not saved, by product. */
export type Draft = Readonly<Record<number, RowDraft>>

/** The draft with one cell edited; null takes the edit out. */
export function editCell(draft: Draft, product: AdminProduct, field: Field, edit: RowEdits[Field] | null): Draft {
  const row = draft[product.id]
  // What is under way cannot be changed any more.
  if (row?.sent) return draft
  const edits = withEdit(row?.edits ?? {}, field, edit)
  return hasEdits(edits)
    ? { ...draft, [product.id]: { id: product.id, label: row?.label ?? product.name, edits } }
    : without(draft, product.id)
}

export function without(draft: Draft, id: number): Draft {
  const { [id]: _row, ...others } = draft
  return others
}

/** Rows that can be saved: not under way, and without a conflict that waits for a choice. */
export function savable(draft: Draft): RowDraft[] {
  return Object.values(draft).filter(({ sent, conflict }) => !(sent || conflict))
}

/** The call that saves a row. Values that were seen go along, so that nothing is overwritten unseen. */
export function toInput({ id, edits }: RowDraft, reason: string, idempotencyKey: string): UpdateProductInput {
  const { name, price, stock } = edits
  return {
    productId: id,
    ...(name && { name: name.to, expectedName: name.seen }),
    ...(price && { price: price.to, expectedPrice: price.seen }),
    ...(stock && 'add' in stock && { stockDelta: stock.add }),
    ...(stock && 'to' in stock && { stockDelta: stock.to - stock.seen, expectedStock: stock.seen }),
    ...(stock && reason !== '' && { reason }),
    idempotencyKey,
  }
}

/** Which fields of a row were changed by somebody else. */
export function conflictsOf({ edits, conflict }: RowDraft): Field[] {
  if (!conflict) return []
  return FIELDS.filter((field) => {
    const edit = edits[field]
    return edit !== undefined && 'seen' in edit && edit.seen !== conflict[field]
  })
}

/** The draft after a conflict was decided: `mine` goes on from what is there now, `theirs` gives up what was changed by others. */
export function resolve(draft: Draft, id: number, choice: 'mine' | 'theirs'): Draft {
  const row = draft[id]
  if (!row?.conflict) return draft
  const { conflict, refusal: _refusal, ...open } = row
  let edits = row.edits
  for (const field of conflictsOf(row)) {
    const edit = edits[field]
    const isWanted = choice === 'mine' && edit && 'to' in edit && edit.to !== conflict[field]
    edits = withEdit(edits, field, isWanted ? ({ seen: conflict[field], to: edit.to } as RowEdits[Field]) : null)
  }
  return hasEdits(edits) ? { ...draft, [id]: { ...open, edits } } : without(draft, id)
}
