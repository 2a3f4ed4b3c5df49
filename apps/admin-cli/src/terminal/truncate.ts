import { escapeControls } from './output.ts'
import { stringWidth } from './string-width.ts'

const ELLIPSIS = '…'
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** Escapes a text, shortens it to a width in terminal columns, between graphemes, and ends it with an ellipsis. */
export function truncate(raw: string, width: number): string {
  const text = escapeControls(raw)
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
