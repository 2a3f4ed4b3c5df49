import { stringWidth } from './string-width.ts'

const ELLIPSIS = '…'
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** Shortens a text to a width in terminal columns, between graphemes, and ends it with an ellipsis. */
export function truncate(text: string, width: number): string {
  if (stringWidth(text) <= width) return text
  let cut = ''
  let used = stringWidth(ELLIPSIS)
  for (const { segment } of graphemes.segment(text)) {
    used += stringWidth(segment)
    if (used > width) break
    cut += segment
  }
  return cut + ELLIPSIS
}
