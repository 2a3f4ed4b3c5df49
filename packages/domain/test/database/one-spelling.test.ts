import { createHash } from 'node:crypto'
import { onServer } from '@jumun/test-kit/on-server'
import { useTestDatabase } from '@jumun/test-kit/test-database'
import { expect, test } from 'vitest'
import { openDatabase } from '../../src/database/orm.ts'

const shop = useTestDatabase()

const MIGRATION = { migrations: ['2026-11-27-one-spelling'] }

/** The key that `jumun products seed` makes of a row with price 1 and stock 7. */
function contentKey(name: string): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([name, 1, 7]))
    .digest('base64url')
  return `row-${hash.slice(0, 22)}`
}

/** Names and keys after the migration of products that were stored before it. */
async function migrated(products: { name: string; key?: string }[]): Promise<{ name: string; key: string | null }[]> {
  const { url } = shop
  await using database = await openDatabase({ url })
  await database.migrator.down(MIGRATION)
  await onServer(url, 'drop table if exists stock_adjustment; truncate product cascade')
  for (const { name, key = null } of products) {
    const [product] = await onServer(url, 'insert into product (name, price, key) values ($1, 1, $2) returning id', [
      name,
      key,
    ])
    await onServer(url, 'insert into product_stock (product_id, quantity, received) values ($1, 7, 7)', [
      product?.['id'],
    ])
  }
  await database.migrator.up(MIGRATION)
  return (await onServer(url, 'select name, key from product order by id')) as Awaited<ReturnType<typeof migrated>>
}

const nfc = '한라봉 "초콜릿"'
const nfd = nfc.normalize('NFD')

test('stored names and keys of products are migrated to NFC without surrounding white space', async () => {
  expect(
    await migrated([
      { name: nfd },
      { name: `\u3000 ${nfd}\ufeff`, key: ` ${nfd}` },
      { name: nfc, key: 'TEA-1' },
      // U+2000 becomes U+2002 in NFC; nothing else could stand for a name without anything to see.
      { name: '\u2000' },
      { name: '\u200b' },
      { name: '\u0958'.repeat(200) },
    ]),
  ).toEqual([
    { name: nfc, key: null },
    { name: nfc, key: nfc },
    { name: nfc, key: 'TEA-1' },
    { name: '\u2002', key: null },
    { name: '\u200b', key: null },
    { name: '\u0915\u093c'.repeat(100), key: null },
  ])
})

test('a product that was seeded from a row in NFD has the key of the same row in NFC after the migration', async () => {
  expect(
    await migrated([
      { name: nfd, key: `shop-${contentKey(nfd)}` },
      { name: ` ${nfc}`, key: contentKey(` ${nfc}`) },
      { name: nfd, key: contentKey('a name that it had before') },
    ]),
  ).toEqual([
    { name: nfc, key: `shop-${contentKey(nfc)}` },
    { name: nfc, key: contentKey(nfc) },
    { name: nfc, key: contentKey('a name that it had before') },
  ])
})

test('of products whose keys become the same, one has it after the migration and the others keep theirs', async () => {
  expect(
    await migrated([
      { name: nfd, key: contentKey(nfd) },
      { name: nfc, key: contentKey(nfc) },
      { name: 'a', key: `${nfd} ` },
      { name: 'b', key: nfd },
    ]),
  ).toEqual([
    { name: nfc, key: contentKey(nfd) },
    { name: nfc, key: contentKey(nfc) },
    { name: 'a', key: nfc },
    { name: 'b', key: nfd },
  ])
})
