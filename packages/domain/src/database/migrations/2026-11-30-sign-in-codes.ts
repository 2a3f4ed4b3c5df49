import { Migration } from '@mikro-orm/migrations'

/** One-time codes for signing in from a browser. */
export default class SignInCodes extends Migration {
  override up(): void {
    for (const sql of statements) this.addSql(sql)
  }

  override down(): void {
    this.addSql('drop table sign_in_code')
  }
}

const statements = [
  `create table "sign_in_code" (
    "hash" varchar(43) not null,
    "member_id" varchar(64) not null,
    "role" text not null,
    "expires_at" timestamptz(3) not null,
    primary key ("hash")
  )`,
  `alter table "sign_in_code" add constraint "sign_in_code_role_check" check ("role" in ('member', 'admin'))`,
  `comment on table "sign_in_code" is 'A code that signs its holder in once; deleted by its use'`,
  `comment on column "sign_in_code"."hash" is 'SHA-256 of the code, base64url'`,
]
