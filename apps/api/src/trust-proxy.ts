import { isIP } from 'node:net'
import { z } from 'zod'

/** Which proxies are trusted: none, the last few, or those with these addresses (CIDR). */
export type TrustProxy = false | number | string[]

const MAX_PROXIES = 10

/** The setting `TRUST_PROXY`. It has no `true`, which would trust every caller. */
export const trustProxy = z.string().transform((text, context): TrustProxy => {
  if (text === 'false') return false
  if (/^\d{1,2}$/.test(text) && Number(text) >= 1 && Number(text) <= MAX_PROXIES) return Number(text)
  const addresses = text.split(',').map((address) => address.trim())
  if (addresses.every(isNetwork)) return addresses
  context.addIssue(`must be false, how many proxies stand before the API (1 to ${MAX_PROXIES}), or their addresses`)
  return z.NEVER
})

function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0) return false
  if (bits === undefined) return true
  return /^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128)
}
