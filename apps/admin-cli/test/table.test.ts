import { expect, test } from 'vitest'
import { renderTable } from '../src/table.ts'

interface Row {
  name: string
  n: number | null
}

const columns = { NAME: ({ name }: Row) => name, N: ({ n }: Row) => n }

test('numbers stand right and names left, whatever their width', () => {
  const rows = [
    { name: '한라봉 차', n: 5 },
    { name: 'Tea', n: -12_000 },
    { name: '👩‍👩‍👧 café', n: null },
  ]
  expect(renderTable(rows, columns)).toBe(
    ['NAME            N', '한라봉 차       5', 'Tea        -12000', '👩‍👩‍👧 café         -', ''].join('\n'),
  )
})

test('what would move the cursor is not shown', () => {
  expect(renderTable([{ name: 'a\u001b[2J\nb\u202ec', n: 1 }], columns)).toBe('NAME       N\na [2J b c  1\n')
})

test('no rows are a line of headings', () => {
  expect(renderTable([], columns)).toBe('NAME  N\n')
})
