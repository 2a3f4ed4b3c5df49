import { createHash, randomBytes } from 'node:crypto'
import type { EntityManager } from '@mikro-orm/postgresql'

/** Who a code signs in. */
export interface SignedIn {
  memberId: string
  role: 'member' | 'admin'
}

const CODE_BYTES = 16
const VALID_FOR = '10 minutes'

/**
 * Creates a code that signs its holder in once, within ten minutes, at any process of the shop. Deletes expired codes.
 *
 * @returns 128 random bits in base64url; the database holds only their hash
 */
export async function createSignInCode(em: EntityManager, { memberId, role }: SignedIn): Promise<string> {
  const code = randomBytes(CODE_BYTES).toString('base64url')
  await em.fork().execute(
    `with expired as (delete from sign_in_code where expires_at < now())
     insert into sign_in_code (hash, member_id, role, expires_at) values (?, ?, ?, now() + interval '${VALID_FOR}')`,
    [hashOf(code), memberId, role],
  )
  return code
}

/** Uses a code up, and says who it signs in; undefined for a code that is unknown, used or expired. */
export async function useSignInCode(em: EntityManager, code: string): Promise<SignedIn | undefined> {
  const [row] = await em.fork().execute<(SignedIn & { isValid: boolean })[]>(
    `delete from sign_in_code where hash = ?
     returning member_id as "memberId", role, expires_at > now() as "isValid"`,
    [hashOf(code)],
  )
  return row?.isValid ? { memberId: row.memberId, role: row.role } : undefined
}

function hashOf(code: string): string {
  return createHash('sha256').update(code).digest('base64url')
}
