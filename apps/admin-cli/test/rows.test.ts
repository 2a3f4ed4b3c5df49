import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { CHARGE_COLUMNS, chargeRow } from '../src/commands/points/charge-row.ts'
import { PRODUCT_COLUMNS, productRow } from '../src/commands/products/product-row.ts'
import { openRowFile } from '../src/input-files/open-row-file.ts'
import { readCsv } from '../src/input-files/read-csv.ts'
import { readJson } from '../src/input-files/read-json.ts'
import { readJsonLines } from '../src/input-files/read-json-lines.ts'

const columns = { required: ['a', 'b'], optional: ['key'] }
const readers = {
  CSV: (bytes: AsyncIterable<Uint8Array>) => readCsv(bytes, columns),
  'JSON lines': readJsonLines,
  JSON: readJson,
}

/** More pieces than a reader should read ahead. */
const FAR_AHEAD = 1_000

/** Splits a text into pieces of `bytes` bytes, so that letters and tokens are split too. */
async function* pieces(text: string, bytes: number) {
  const all = Buffer.from(text)
  for (let at = 0; at < all.length; at += bytes) yield all.subarray(at, at + bytes)
}

async function all<Row>(rows: AsyncIterable<Row>): Promise<Row[]> {
  const found: Row[] = []
  for await (const row of rows) found.push(row)
  return found
}

const texts = {
  CSV: '\ufeffa,b\r\n"한,라",1\r\n\r\n"두\n줄",2\r\nbad"quote,3\r\n,\r\n',
  'JSON lines': '\ufeff{"a":"한라"}\r\n\n nonsense \n[1]',
  JSON: '\ufeff[\n {"a":\n"한라"},\n\n 7, [1,\n[2]]\n, "x" ]\n',
}
const rows = {
  CSV: [
    { line: 2, value: { a: '한,라', b: '1' } },
    { line: 5, value: { a: '두\n줄', b: '2' } },
    { line: 6, problem: 'has a quote inside a field' },
    { line: 7, isBlank: true },
  ],
  'JSON lines': [
    { line: 1, value: { a: '한라' } },
    { line: 3, problem: 'is not JSON' },
    { line: 4, value: [1] },
  ],
  JSON: [
    { line: 2, value: { a: '한라' } },
    { line: 5, value: 7 },
    { line: 5, value: [1, [2]] },
    { line: 7, value: 'x' },
  ],
}
const kinds = Object.keys(readers) as (keyof typeof readers)[]

test.each(kinds)('%s is read with line numbers, in pieces of any size', async (kind) => {
  for (const bytes of [1, 2, 3, 7, 1_000]) {
    expect(await all(readers[kind](pieces(texts[kind], bytes)))).toEqual(rows[kind])
  }
})

const endless = { CSV: ['a,b\n', 'x,1\n'], 'JSON lines': ['', '{"a":"x"}\n'], JSON: ['[1', ',{"a":"x"}\n'] }

test.each(kinds)('%s is streamed: rows arrive before the end of the file', async (kind) => {
  const [head = '', row = ''] = endless[kind]
  async function* bytes() {
    yield Buffer.from(head)
    for (let piece = 0; piece < FAR_AHEAD; piece++) yield Buffer.from(row.repeat(100))
    throw new Error('the reader read too far ahead')
  }
  let count = 0
  for await (const _row of readers[kind](bytes())) if (++count === 10_000) break
  expect(count).toBe(10_000)
})

test.each([
  ['JSON lines', 'x'],
  ['CSV', 'a,b\n"x'],
] as const)('%s with an endless line is refused', async (kind, head) => {
  async function* bytes() {
    yield Buffer.from(head)
    for (let piece = 0; piece < FAR_AHEAD; piece++) yield Buffer.from('x'.repeat(10_000))
    throw new Error('the reader read too far ahead')
  }
  await expect(all(readers[kind](bytes()))).rejects.toThrow(/line [12]\b/)
})

test.each([
  ['products', PRODUCT_COLUMNS, 'name,price,stock\nTea,5,1\n,,\nJam,6,1\n , ,""\n,,,,\n,,\n', productRow],
  ['charges', CHARGE_COLUMNS, 'memberId,amount\nmina,5\n,\njisu,6\n , \n"",""\n,,,\n', chargeRow],
] as const)(
  'blank rows of CSV, as spreadsheets write them, are left out and counted: %s',
  async (what, columns, text, toRow) => {
    const directory = await mkdtemp(join(tmpdir(), 'jumun-'))
    onTestFinished(() => rm(directory, { recursive: true }))
    const file = join(directory, 'rows.csv')
    await writeFile(file, text)
    const printed = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    onTestFinished(() => printed.mockRestore())
    const check = (row: unknown) =>
      toRow === chargeRow ? toRow(row, 'k', '') : productRow(row, { keys: false, keyPrefix: '' })
    const { total, skipped, rows } = await openRowFile<object>({ file, columns, check, onError: 'stop', what })
    expect({ total, skipped }).toEqual({ total: 2, skipped: 0 })
    expect((await all(rows)).map(({ place }) => place)).toEqual(['line 2', 'line 4'])
    expect(printed.mock.calls).toEqual([['4 blank rows are left out.\n']])
  },
)
