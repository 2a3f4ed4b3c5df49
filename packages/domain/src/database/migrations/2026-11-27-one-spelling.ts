import { Migration } from '@mikro-orm/migrations'

/** What `String.prototype.trim` removes, without the control characters, which no text has. */
const SPACES = String.raw`E' \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff'`

/** Text as every input is spelled from now on. */
const canonical = (text: string) => `btrim(normalize(${text}, nfc), ${SPACES})`

/** The end of the key that `jumun products seed` makes of a row: 22 characters of the hash of its name, price and stock. */
const contentHash = (name: string) =>
  `left(translate(encode(sha256(convert_to('[' || to_json(${name})::text || ',' || price || ',' || received || ']', 'UTF8')), 'base64'), '+/', '-_'), 22)`

/**
 * Spells the stored names and keys of products as every input is spelled from now on: in NFC, without surrounding white space.
 * Otherwise no search would find these names, and a file that was seeded in NFD would be seeded again, under other keys.
 */
export default class OneSpelling extends Migration {
  override up(): void {
    // Where several keys become one, the first product gets it, unless a product has it already; the others keep theirs.
    this.addSql(`
      with respelled as (
        select id, ${canonical(`case when right(key, 26) = 'row-' || ${contentHash('name')}
          then left(key, -22) || ${contentHash(canonical('name'))} else key end`)} as key
        from product join product_stock on product_id = id
        where key is not null and (name <> ${canonical('name')} or key <> ${canonical('key')})
      ), chosen as (
        select distinct on (key) id, key from respelled where length(key) between 1 and 64 order by key, id
      )
      update product set key = chosen.key from chosen
      where product.id = chosen.id and not exists (select from product taken where taken.key = chosen.key)`)
    // A name without anything to see keeps its spaces. A few letters of other scripts have more characters in NFC.
    this.addSql(`
      update product set name = left(coalesce(nullif(${canonical('name')}, ''), normalize(name, nfc)), 200)
      where name <> ${canonical('name')}`)
    this.addSql(`alter table "product" drop constraint "product_name_check"`)
    this.addSql(
      `alter table "product" add constraint "product_name_check" check (name <> '' and name is nfc normalized)`,
    )
  }

  override down(): void {
    this.addSql(`alter table "product" drop constraint "product_name_check"`)
    this.addSql(`alter table "product" add constraint "product_name_check" check (name <> '')`)
  }
}
