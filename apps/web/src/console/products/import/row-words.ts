import { m } from '../../../messages/messages.js'
import { formatNumber } from '../../../shared/format.ts'
import type { Tone } from '../../components/badge.tsx'
import { toCsvLine } from '../../components/csv.ts'
import { isWrong, type Wrong } from './check-row.ts'
import type { ImportRow, RowState } from './import-job.ts'
import type { WrongFile } from './read-file.ts'

export const TONES: Record<RowState, Tone> = {
  unchecked: 'plain',
  new: 'warn',
  exists: 'plain',
  refused: 'bad',
  done: 'good',
}

export function stateLabel(state: RowState): string {
  const labels = {
    unchecked: m.products_row_unchecked,
    new: m.products_row_new,
    exists: m.products_row_exists,
    refused: m.products_row_refused,
    done: m.products_row_done,
  }
  return labels[state]()
}

/** Why a row is refused, as a sentence. */
export function describeWrong(wrong: Wrong): string {
  switch (wrong.why) {
    case 'text':
      return m.products_wrong_text({ field: wrong.field, max: formatNumber(wrong.max) })
    case 'number':
      return m.products_wrong_number({ field: wrong.field, min: formatNumber(wrong.min), max: formatNumber(wrong.max) })
    case 'field':
      return m.products_wrong_field({ field: wrong.field })
    case 'shape':
      return m.products_wrong_shape()
    case 'same-key':
      return m.products_wrong_same_key({ row: formatNumber(wrong.row) })
    case 'server':
      return wrong.message
  }
}

export function describeWrongFile(wrong: WrongFile): string {
  const sentences = {
    'too-large': m.products_file_too_large,
    'too-many-rows': m.products_file_too_many_rows,
    'not-utf-8': m.products_file_not_utf8,
    'no-heading': m.products_file_no_heading,
    'open-quote': m.products_file_open_quote,
    empty: m.products_file_empty,
  }
  return sentences[wrong]()
}

/** A CSV file of the refused rows, with the reason of each. */
export function reportOf(rows: readonly ImportRow[]): Blob {
  const lines = rows.flatMap(({ row, checked, fields }) => {
    if (!isWrong(checked)) return []
    const cells = ['name', 'price', 'stock', 'key'].map((name) => String(fields[name] ?? ''))
    return [toCsvLine([row, describeWrong(checked), ...cells])]
  })
  // Spreadsheets need the mark to see that it is UTF-8.
  return new Blob(['\uFEFF', toCsvLine(['row', 'reason', 'name', 'price', 'stock', 'key']), ...lines], {
    type: 'text/csv',
  })
}
