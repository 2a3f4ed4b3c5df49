import stringWidth from 'string-width'

type Cell = string | number | null

/** The columns of a table: under each heading, what it shows of a row. */
export type Columns<Row> = Record<string, (row: Row) => Cell>

const GAP = '  '

/** A table with a line of headings. Numbers stand right; a Korean letter is as wide as the two columns it takes. */
export function renderTable<Row>(rows: Row[], columns: Columns<Row>): string {
  const shown = Object.entries(columns).map(([heading, cellOf]) => column(heading, rows.map(cellOf)))
  const lines = [undefined, ...rows].map((_row, index) => shown.map((cells) => cells[index]).join(GAP))
  return lines.map((line) => `${line.trimEnd()}\n`).join('')
}

function column(heading: string, cells: Cell[]): string[] {
  const isNumeric = cells.some((cell) => typeof cell === 'number')
  const texts = [heading, ...cells.map(toText)]
  const width = texts.reduce((widest, text) => Math.max(widest, stringWidth(text)), 0)
  return texts.map((text) => {
    const padding = ' '.repeat(width - stringWidth(text))
    return isNumeric ? padding + text : text + padding
  })
}

/** Names come from anywhere: what would move the cursor is not shown. */
function toText(cell: Cell): string {
  return cell === null ? '-' : String(cell).replace(/[\p{Cc}\p{Bidi_Control}]/gu, ' ')
}
