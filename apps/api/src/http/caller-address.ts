import { isIPv4 } from 'node:net'
import ipaddr from 'ipaddr.js'

/** The groups of an IPv6 address that name its /64 network, all of whose addresses usually belong to one caller. */
const NETWORK_GROUPS = 4

/**
 * What is counted for a caller without a token: an IPv4 address, or the /64 network of an IPv6 address. An IPv4-mapped IPv6
 * address is its IPv4 address.
 *
 * @param address of the caller; some proxies add a port to it
 * @param peer the other end of the connection, which is counted if the address is none
 */
export function countedAddress(address: string | undefined, peer: string | undefined): string {
  return networkOf(address ?? '') ?? networkOf(peer ?? '') ?? 'unknown'
}

function networkOf(text: string): string | undefined {
  if (isIPv4(text)) return text
  const [, bare = text] = /^([\d.]+):\d+$|^\[(.+)\](?::\d+)?$/.exec(text)?.filter((part) => part !== undefined) ?? []
  if (isIPv4(bare)) return bare
  if (!ipaddr.IPv6.isValid(bare)) return undefined
  const address = ipaddr.IPv6.parse(bare)
  if (address.isIPv4MappedAddress()) return address.toIPv4Address().toString()
  const groups = address.parts.slice(0, NETWORK_GROUPS).map((group) => group.toString(16))
  return `${groups.join(':')}::/64`
}
