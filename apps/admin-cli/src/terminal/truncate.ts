import stringWidth from 'string-width'

const ELLIPSIS = '…'
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** Cuts a text to a width in columns of the terminal, between letters, and marks where. A Korean letter takes two columns. */
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
