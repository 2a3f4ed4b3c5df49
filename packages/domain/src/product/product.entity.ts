import { MAX_AMOUNT } from '@jumun/contract'
import { defineEntity, p } from '@mikro-orm/core'

const schema = defineEntity({
  name: 'Product',
  tableName: 'product',
  comment: 'What is for sale; its stock is a row of its own, so that locking it disturbs no reader and no foreign key',
  properties: {
    id: p.integer().primary().autoincrement(),
    name: p.string().length(200),
    price: p.integer().comment('Whole KRW'),
    createdAt: p.datetime().length(3).defaultRaw('now()'),
    key: p
      .string()
      .length(64)
      .nullable()
      .comment("The shop's own id of it, such as a SKU; creating the same key again changes nothing"),
    removedAt: p.datetime().length(3).nullable().comment('No longer listed, found or ordered since then'),
  },
  indexes: [
    {
      name: 'product_for_sale_index',
      expression: 'create index product_for_sale_index on product (id) where removed_at is null',
    },
    {
      name: 'product_removed_index',
      expression: 'create index product_removed_index on product (id) where removed_at is not null',
    },
    {
      name: 'product_name_index',
      expression: 'create index product_name_index on product using gin (name gin_trgm_ops) where removed_at is null',
    },
    {
      name: 'product_grams_index',
      // Collation C, because comparing by the rules of a language makes an insert six times as slow.
      expression: 'create index product_grams_index on product using gin (product_grams(name) collate "C")',
    },
    {
      name: 'product_key_unique',
      expression: 'create unique index product_key_unique on product (key) where key is not null',
    },
  ],
  checks: [
    { name: 'product_price_check', expression: `price >= 1 and price <= ${MAX_AMOUNT}` },
    { name: 'product_name_check', expression: `name <> '' and name is nfc normalized` },
    { name: 'product_key_check', expression: `key <> ''` },
  ],
})

/** What is for sale (상품). */
export class Product extends schema.class {}

schema.setClass(Product)
