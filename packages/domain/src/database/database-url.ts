/** The address of a database, read from its URL. */
export interface DatabaseAddress {
  /** A URL for each server, in the order in which they are tried. */
  urls: string[]
  /** Each server without user and password, as `host:port`. */
  hosts: string[]
  /** Whether statements may have names: not behind a pooler that does not know prepared statements. */
  prepares: boolean
}

/** Everything up to the hosts, the hosts, and what follows them. */
const PARTS = /^(postgres(?:ql)?:\/\/(?:[^/?#]*@)?)([^/?#@]*)([/?#].*)?$/s
/** A host, an IPv4 address or an IPv6 address in brackets, and perhaps a port. */
const HOST = /^(?:\[[\da-f:.]+\]|[^\s:[\],]+)(?::\d{1,5})?$/i

/** Parameters that the driver must not get. libpq's `target_session_attrs` has no effect: the shop always looks for a writable server. */
const OUR_PARAMETERS = ['pgbouncer', 'target_session_attrs']

/**
 * Reads `postgres://user:password@host:port,host:port/database?…`: one server or several, as libpq writes them.
 *
 * @returns undefined if it is malformed
 */
export function parseDatabaseUrl(url: string): DatabaseAddress | undefined {
  const [, head, list = '', tail = ''] = PARTS.exec(url) ?? []
  if (head === undefined) return undefined
  const hosts = list.split(',')
  if (hosts.length > 1 && !hosts.every((host) => HOST.test(host))) return undefined
  const urls = hosts.map((host) => URL.parse(head + host + tail))
  if (!urls.every((one) => one !== null)) return undefined
  const prepares = urls[0]?.searchParams.get('pgbouncer') !== 'true'
  return { urls: urls.map(withoutOurParameters), hosts: urls.map(({ host }) => host), prepares }
}

function withoutOurParameters(url: URL): string {
  for (const name of OUR_PARAMETERS) if (url.searchParams.has(name)) url.searchParams.delete(name)
  return url.href
}
