/** What the list of members shows, as it stands in the URL. */
interface MembersSearch {
  /** The first characters of the id. */
  prefix?: string
}

const ID = /^[A-Za-z0-9._:@-]{1,64}$/

export function parseMembersSearch({ prefix }: Record<string, unknown>): MembersSearch {
  const text = String(prefix ?? '')
  return ID.test(text) ? { prefix: text } : {}
}
