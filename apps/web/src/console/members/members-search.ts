import { MEMBER_ID_PATTERN } from '@jumun/contract/limits'

/** What the list of members shows, as it stands in the URL. */
interface MembersSearch {
  /** The first characters of the id. */
  prefix?: string
}

export function parseMembersSearch({ prefix }: Record<string, unknown>): MembersSearch {
  const text = String(prefix ?? '')
  return MEMBER_ID_PATTERN.test(text) ? { prefix: text } : {}
}
