import { problems } from '@jumun/contract'
import { startHttpProxy } from '@jumun/test-kit/http-proxy'
import { expect, onTestFinished, test } from 'vitest'
import { useShop } from '../test-support/shop.ts'

const shop = useShop()
const CSV = 'price,name,stock\n1000,한라봉 차,5\n"2000","Tea, green",7\n\n3000, Three ,0\n'

test('demo products are created, and nothing but the result is printed to a pipe', async () => {
  expect(await shop.run('products', 'seed', '--count', '1201')).toEqual({
    stdout: 'Created 1201 products.\n',
    stderr: '',
    exitCode: 0,
  })
  const products = await shop.json<{ name: string; price: number; stock: number }[]>('products', 'list', '--all')
  expect(new Set(products.map(({ name }) => name)).size).toBe(1_201)
  for (const { name, price, stock } of products) {
    expect(name).toMatch(/^[가-힣]+ .*\([A-Z][a-z]+ [a-z A-Z]+\)$/)
    expect(price % 100).toBe(0)
    expect(stock).toBeGreaterThanOrEqual(10)
  }
})

test('a CSV file is read with its columns in any order', async () => {
  const file = await shop.file('products.csv', `\ufeff${CSV.replaceAll('\n', '\r\n')}`)
  expect(await shop.json('products', 'seed', '--file', file)).toEqual({
    created: 3,
    existing: 0,
    skipped: 0,
    uncertain: 0,
  })
  const [, ...found] = await shop.json<object[]>('products', 'list', '--search', 'Tea, green')
  expect(found).toEqual([])
  expect(await shop.json('products', 'list', '--search', 'Tea, green')).toMatchObject([{ price: 2_000, stock: 7 }])
  expect(await shop.json('products', 'list', '--search', 'Three')).toMatchObject([
    { name: 'Three', price: 3_000, stock: 0 },
  ])
})

test('a JSON file is read', async () => {
  const file = await shop.file('products.JSON', JSON.stringify([{ name: '제이슨', price: 1, stock: 2 }]))
  expect(await shop.json('products', 'seed', '--file', file)).toEqual({
    created: 1,
    existing: 0,
    skipped: 0,
    uncertain: 0,
  })
  expect(await shop.json('products', 'list', '--search', '제이슨')).toMatchObject([{ price: 1, stock: 2 }])
})

test('a row in NFD with surrounding white space is the product of the same row in NFC', async () => {
  const nfc = { name: '각설탕', price: 1_000, stock: 5 }
  const nfd = { ...nfc, name: ` ${nfc.name.normalize('NFD')}\u3000` }
  // 100 syllables are 300 characters in NFD, and 200 is the limit.
  const long = { ...nfc, name: '각'.repeat(100).normalize('NFD') }
  // As the key of this row has always been.
  const key = 'row-vTwJw9qtkZcSzNT2LpSyqS'
  const rows = [nfc, nfd, long, { ...nfc, key }, { ...nfc, key: '키' }, { ...nfc, key: ` ${'키'.normalize('NFD')}` }]
  const file = await shop.file('spellings.json', JSON.stringify(rows))
  expect(await shop.json('products', 'seed', '--file', file)).toMatchObject({ created: 3, existing: 3 })
  for (const search of [nfc.name, nfd.name])
    expect(await shop.json<object[]>('products', 'list', '--search', search)).toHaveLength(2)
  expect(await shop.json('products', 'list', '--search', long.name)).toMatchObject([{ name: '각'.repeat(100) }])
})

const badCsv = [
  'name,price,stock',
  'Tea,1e3,5',
  'Tea,100',
  ',100,5',
  'Fine,1,1',
  '"Two\nlines",5,5',
  'Tea,"1,000",3',
  'Tea,0,3',
  'Tea,1,-1',
  'Tea,,1',
  `${'x'.repeat(201)},1,1`,
  '\u200b,1,1',
].join('\n')

test('bad rows are reported with their lines, and nothing is created', async () => {
  const before = await shop.countProducts()
  const file = await shop.file('bad.csv', badCsv)
  const { stdout, stderr, exitCode } = await shop.run('products', 'seed', '--file', file)
  expect(stderr.split('\n')).toEqual([
    'line 2 has price "1e3", which is not a whole number from 1 to 1000000000',
    'line 3 has 2 fields instead of 3',
    'line 4 has no name',
    'line 7 has a name with control characters',
    'line 8 has price "1,000", which is not a whole number from 1 to 1000000000',
    'line 9 has price "0", which is not a whole number from 1 to 1000000000',
    'line 10 has stock "-1", which is not a whole number from 0 to 1000000000',
    'line 11 has no price',
    'line 12 has a name of more than 200 characters',
    'line 13 has a name with nothing to see',
    `error: ${file}: 10 bad rows. Nothing was done.`,
    '',
  ])
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
  expect(await shop.countProducts()).toBe(before)
})

test('only the first twenty bad rows are reported', async () => {
  const file = await shop.file('worse.csv', `name,price,stock\n${'Tea,x,1\n'.repeat(1_000)}`)
  const { stderr } = await shop.run('products', 'seed', '--file', file)
  expect(stderr.split('\n')).toHaveLength(22)
  expect(stderr).toContain('1000 bad rows')
})

test('with --on-error skip the valid rows are created, and each bad row is reported with its line', async () => {
  const before = await shop.countProducts()
  const file = await shop.file(
    'some-bad.csv',
    `name,price,stock\n${'Tea,x,1\n'.repeat(30)}Skipper,1,1\nTea"x,1,1\nSailor,1,1\n`,
  )
  const { stdout, stderr, exitCode } = await shop.run('products', 'seed', '--file', file, '--on-error', 'skip')
  const reported = stderr.split('\n')
  expect(reported.slice(29)).toEqual([
    'line 31 has price "x", which is not a whole number from 1 to 1000000000',
    'line 33 has a quote inside a field',
    'error: 31 bad rows were left out.',
    '',
  ])
  expect({ stdout, exitCode }).toEqual({ stdout: 'Created 2 products.\n', exitCode: 1 })
  expect(await shop.countProducts()).toBe(before + 2)
})

test('bad items of JSON are reported with their lines', async () => {
  const items = [
    { name: 'A', price: 1, stock: 0 },
    { name: 'B', price: 1.5, stock: 0 },
    { name: 'C', price: 1, stock: 0, color: 'red' },
    3,
    { name: 'D', price: 1, stock: 0, key: 7 },
  ]
  const reported = [
    'line 2 has price 1.5, which is not a whole number from 1 to 1000000000',
    'line 3 has an unknown field "color"',
    'line 4 is not an object with name, price, stock, key',
    'line 5 has a key that is not text',
  ]
  const lines = items.map((item) => JSON.stringify(item))
  for (const file of [
    await shop.file('bad.json', `[${lines.join(',\n')}]`),
    await shop.file('bad.ndjson', lines.join('\n')),
  ]) {
    const { stderr } = await shop.run('products', 'seed', '--file', file)
    expect(stderr.split('\n').slice(0, 4)).toEqual(reported)
  }
})

test('seeding again adds only what is missing: by the keys of the rows', async () => {
  const file = await shop.file('keys.csv', 'key,name,price,stock\nS-1,Keyed,1,1\nS-2,Keyed,1,1\nS-1,Keyed twice,1,1\n')
  expect(await shop.json('products', 'seed', '--file', file)).toMatchObject({ created: 2, existing: 1 })
  const more = await shop.file(
    'keys.jsonl',
    '{"key":"S-2","name":"Keyed","price":9,"stock":9}\n{"key":"S-3","name":"Keyed","price":1,"stock":1}\n',
  )
  expect(await shop.json('products', 'seed', '--file', more)).toMatchObject({ created: 1, existing: 1 })
  expect(await shop.json('products', 'seed', '--file', more, '--key-prefix', 'other/')).toMatchObject({ created: 2 })
  expect(await shop.json('products', 'seed', '--file', more, '--no-keys')).toMatchObject({ created: 2, existing: 0 })
  expect(await shop.json('products', 'list', '--search', 'Keyed')).toHaveLength(7)
})

test('seeding again adds only what is missing: by the content of rows without keys, in any order', async () => {
  const file = await shop.file('unkeyed.csv', 'name,price,stock\nPlain,1,1\nPlain,2,1\n')
  expect(await shop.json('products', 'seed', '--file', file)).toMatchObject({ created: 2, existing: 0 })
  expect(await shop.json('products', 'seed', '--file', file)).toMatchObject({ created: 0, existing: 2 })
  const corrected = await shop.file('corrected.csv', 'stock,price,name\n1,3,Plain\n1,2,Plain\n1,1,Plain\n')
  const { stdout } = await shop.run('products', 'seed', '--file', corrected)
  expect(stdout).toBe('Created 1 products. 2 existed already.\n')
})

test('a dry run checks and creates nothing', async () => {
  const before = await shop.countProducts()
  const file = await shop.file('dry.csv', 'name,price,stock\nDry,1,1\nDry,x,1\n')
  const dry = await shop.run('products', 'seed', '--file', file, '--on-error', 'skip', '--dry-run', '--json')
  expect(JSON.parse(dry.stdout)).toEqual({ dryRun: true, products: 1, skipped: 1 })
  expect(dry.exitCode).toBe(1)
  expect((await shop.run('products', 'seed', '--file', file, '--dry-run')).exitCode).toBe(2)
  expect(await shop.countProducts()).toBe(before)
})

test('without a terminal it does not ask, even if stdin could answer', async () => {
  const { child, ended } = shop.start('products', 'seed', '--count', '3', '--key-prefix', 'unasked-')
  expect(await ended).toEqual({ stdout: 'Created 3 products.\n', stderr: '', exitCode: 0 })
  child.stdin?.destroy()
})

test.each([
  ['heading.csv', 'name,price\nTea,1\n', 'the first line must be name,price,stock[,key]'],
  ['quote.csv', 'name,price,stock\n"Tea"x,1,1\n', /line 2/],
  ['endless.csv', `name,price,stock\n"${'x'.repeat(20_000)}`, /maximum.*10000/i],
  ['korean.csv', Uint8Array.of(0xc7, 0xd1, 0xb6, 0xf3), 'it is not UTF-8 text; save it as UTF-8'],
  ['korean.json', Uint8Array.of(0xc7, 0xd1, 0xb6, 0xf3), 'it is not UTF-8 text; save it as UTF-8'],
  ['broken.json', '[{', 'it is not a whole JSON array'],
  ['object.json', '{}', 'line 1: it is not a JSON array'],
  ['torn.json', '[\n{},\n{} {}]', 'line 3: it is not a JSON array'],
  ['empty.json', '[]', 'it contains no products'],
  ['empty.csv', '', 'it contains no products'],
  ['products.txt', CSV, 'its name must end in .csv, .jsonl, .ndjson or .json'],
])('%s is refused', async (name, content, message) => {
  const file = await shop.file(name, content)
  const { stdout, stderr, exitCode } = await shop.run('products', 'seed', '--file', file)
  expect(stderr).toContain(`error: ${file}: `)
  expect(stderr).toMatch(message)
  expect(stderr.split('\n')).toHaveLength(2)
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
})

test('a missing file is refused', async () => {
  const { stderr, exitCode } = await shop.run('products', 'seed', '--file', '/nonexistent/products.csv')
  expect(stderr).toMatch(/^error: \/nonexistent\/products\.csv: ENOENT/)
  expect(exitCode).toBe(2)
})

test('a lost reply creates nothing twice', async () => {
  const before = await shop.countProducts()
  const url = await startHttpProxy({
    target: shop.url,
    fateOf: ({ nth }) => (nth % 3 === 2 ? 'lose' : 'pass'),
    cleanUp: onTestFinished,
  })
  const args = ['products', 'seed', '--count', '4000', '--key-prefix', 'lost-', '--url', url]
  const { created, existing } = await shop.json<{ created: number; existing: number }>(...args)
  expect(created + existing).toBe(4_000)
  expect(await shop.countProducts()).toBe(before + 4_000)
})

test('without keys it stops after a lost reply, and reports how many were created and how many may have been', async () => {
  const before = await shop.countProducts()
  const url = await startHttpProxy({
    target: shop.url,
    fateOf: ({ nth }) => (nth === 3 ? 'lose' : 'pass'),
    cleanUp: onTestFinished,
  })
  const args = ['products', 'seed', '--count', '12000', '--no-keys', '--url', url]
  const { stdout, stderr, exitCode } = await shop.run(...args)
  const [, created = 0, uncertain = 0] =
    /(\d+) of 12000 products were created\. (\d+) more may have been: their reply was lost\.\n$/
      .exec(stderr)
      ?.map(Number) ?? []
  expect({ stdout, exitCode, uncertain }).toEqual({ stdout: '', exitCode: 3, uncertain: 1_000 })
  // If it had continued, all but the lost thousand would have been created.
  expect(created).toBeLessThan(11_000)
  expect(await shop.countProducts()).toBe(before + created + uncertain)
})

test('a row that the API refuses is reported with its line, and as JSON how many were created', async () => {
  const issues = [{ path: ['items', 7, 'name'], message: 'no' }]
  const problem = {
    code: 'BAD_REQUEST',
    status: problems.BAD_REQUEST.status,
    detail: 'The input is not valid.',
    issues,
  }
  const error = { message: problem.detail, code: -32_600, data: { httpStatus: 400, problem } }
  const url = await startHttpProxy({
    target: shop.url,
    fateOf: ({ path }) => (path.includes('product.create') ? Response.json({ error }, { status: 400 }) : 'pass'),
    cleanUp: onTestFinished,
  })
  const file = await shop.file('fine.csv', `name,price,stock\n${'Tea,1,1\n'.repeat(200)}`)
  const { stdout, stderr, exitCode } = await shop.run('products', 'seed', '--file', file, '--url', url, '--json')
  expect(stderr).toBe(
    'error: line 9: name: no. 0 of 200 products were created. Run it again to continue: nothing is created twice.\n',
  )
  const json = { created: 0, existing: 0, skipped: 0, uncertain: 0 }
  expect({ json: JSON.parse(stdout), exitCode }).toEqual({ json, exitCode: 2 })
})

test('large rows are split into batches that the API accepts', async () => {
  const rows = Array.from({ length: 1_000 }, (_, index) => `${'가'.repeat(190)},1,${index}\n`)
  const file = await shop.file('long.csv', `name,price,stock\n${rows.join('')}`)
  expect(await shop.json('products', 'seed', '--file', file)).toMatchObject({ created: 1_000 })
})
