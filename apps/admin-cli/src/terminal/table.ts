import { escapeControls } from './output.ts'
import { stringWidth } from './string-width.ts'
import { truncate } from './truncate.ts'

type Cell = string | number | null

/** The columns of a table: each heading with the field that it shows of a row, or a function that makes the cell. */
type Columns<Row> = Record<string, CellField<Row> | ((row: Row) => Cell)>
type CellField<Row> = { [Field in keyof Row]: Row[Field] extends Cell ? Field : never }[keyof Row]

export interface TableLimits {
  /** The most terminal columns that the table may take; by default the width of the terminal, unlimited in a pipe. */
  width?: number
  /** Headings of columns whose cells may be shortened. Ids must not be: they are copied from the table. */
  cut?: string[]
}

const GAP = '  '
const MIN_CUT_WIDTH = 8

/**
 * Renders a table with a line of headings; numbers are aligned right. If the table is too wide, it shortens the columns that
 * may be cut. If it is still too wide, it renders each row as a record of heading and value, a line each, in which cells that
 * must not be cut may exceed the width (docs/decisions/0004-tables-of-the-command-line.md).
 */
export function renderTable<Row>(rows: Row[], columns: Columns<Row>, limits: TableLimits = {}): string {
  const { width = process.stdout.columns ?? Infinity, cut = ['NAME'] } = limits
  const shown = Object.entries(columns).map(([heading, cell]) =>
    column(
      heading,
      rows.map((row) => (typeof cell === 'function' ? cell(row) : (row[cell] as Cell))),
    ),
  )
  const excess = () => shown.reduce((sum, { width }) => sum + width + GAP.length, -GAP.length) - width
  const cuttable = shown.filter(({ heading }) => cut.includes(heading))
  for (const column of cuttable) {
    column.width = Math.max(Math.min(column.width, MIN_CUT_WIDTH), column.width - Math.max(0, excess()))
  }
  if (excess() > 0 && rows.length > 0) return renderRecords(shown, { count: rows.length, width, cut })
  const lines = Array.from({ length: rows.length + 1 }, (_, index) =>
    shown.map((column) => pad(column, index)).join(GAP),
  )
  return lines.map((line) => `${line.trimEnd()}\n`).join('')
}

interface Column {
  heading: string
  /** The heading and the cells. */
  texts: string[]
  isNumeric: boolean
  width: number
}

function column(heading: string, cells: Cell[]): Column {
  const texts = [heading, ...cells.map(toText)]
  const width = texts.reduce((widest, text) => Math.max(widest, stringWidth(text)), 0)
  return { heading, texts, isNumeric: cells.some((cell) => typeof cell === 'number'), width }
}

function pad({ texts, isNumeric, width }: Column, index: number): string {
  const text = truncate(texts[index] ?? '', width)
  const padding = ' '.repeat(width - stringWidth(text))
  return isNumeric ? padding + text : text + padding
}

function renderRecords(shown: Column[], { count, width, cut }: Required<TableLimits> & { count: number }): string {
  const headingWidth = Math.max(...shown.map(({ heading }) => stringWidth(heading)))
  const record = (index: number) =>
    shown
      .map(({ heading, texts }) => {
        const line = `${heading.padEnd(headingWidth)}${GAP}${texts[index]}`
        return `${cut.includes(heading) ? truncate(line, Math.max(width, 1)) : line}\n`
      })
      .join('')
  return Array.from({ length: count }, (_, index) => record(index + 1)).join('\n')
}

function toText(cell: Cell): string {
  return cell === null ? '-' : escapeControls(String(cell))
}
