import { Migration } from '@mikro-orm/migrations'

/** An index for searches that have no trigram: of one or two letters, or without three letters of A-Z or 0-9 in a row. */
export default class ShortSearches extends Migration {
  override up(): void {
    // In PL/pgSQL, which takes a fifth of the time of the same function in SQL.
    this.addSql(`create function product_grams(name text) returns text[]
      language plpgsql immutable strict parallel safe as $$
      declare
        letters text[] := string_to_array(lower(name), null);
        pairs text[] := '{}';
      begin
        for i in 1 .. cardinality(letters) - 1 loop
          pairs[i] := letters[i] || letters[i + 1];
        end loop;
        return letters || pairs;
      end $$`)
    this.addSql(
      `comment on function product_grams(text) is 'Each letter, and each two neighbouring letters, of a name in lower case'`,
    )
    // Without a condition, because PostgreSQL uses no statistics of a partial index.
    this.addSql('create index product_grams_index on product using gin (product_grams(name) collate "C")')
  }

  override down(): void {
    this.addSql('drop index product_grams_index')
    this.addSql('drop function product_grams')
  }
}
