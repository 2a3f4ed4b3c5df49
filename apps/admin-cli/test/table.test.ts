import { expect, test } from 'vitest'
import { renderTable } from '../src/terminal/table.ts'

interface Row {
  name: string
  n: number | null
}

const columns = { NAME: ({ name }: Row) => name, N: ({ n }: Row) => n }

test('numbers are aligned right and names left, for letters of any width', () => {
  const rows = [
    { name: '한라봉 차', n: 5 },
    { name: 'Tea', n: -12_000 },
    { name: '👩‍👩‍👧 café', n: null },
  ]
  expect(renderTable(rows, columns)).toBe(
    ['NAME            N', '한라봉 차       5', 'Tea        -12000', '👩‍👩‍👧 café         -', ''].join('\n'),
  )
})

test('control characters are shown as escapes', () => {
  expect(renderTable([{ name: 'a\u001b[2J\nb\u202ec', n: 1 }], columns)).toBe(
    'NAME                      N\na\\u001b[2J\\u000ab\\u202ec  1\n',
  )
})

test('without rows only the headings are printed', () => {
  expect(renderTable([], columns)).toBe('NAME  N\n')
})

test('a table that cannot fit becomes records: names are cut, ids are not', () => {
  const id = '01a21547-de24-7000-9b6e-261750abf4ed'
  const rows = [{ name: '제주 한라봉 차 '.repeat(5), id }]
  const orders = { ORDER: ({ id }: (typeof rows)[0]) => id, NAME: ({ name }: (typeof rows)[0]) => name }
  expect(renderTable(rows, orders, { width: 30 })).toBe(`ORDER  ${id}\nNAME   제주 한라봉 차 제주 한…\n`)
  expect(renderTable([], orders, { width: 5 })).toBe('ORDER  NAME\n')
})
