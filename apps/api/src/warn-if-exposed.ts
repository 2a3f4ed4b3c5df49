import type { AddressInfo } from 'node:net'
import type { Logger } from 'pino'
import { isLoopback } from './loopback.ts'
import type { Settings } from './settings.ts'

/**
 * Logs a warning if other machines can reach the API and members may charge their own points, as with `npm start`. Without
 * self-charging the line has the level `info`: a proxy with TLS in front of the API is then the usual case.
 */
export function warnIfExposed(addresses: (AddressInfo | string)[], settings: Settings, log: Logger): void {
  const isLocal = (listener: AddressInfo | string) => typeof listener === 'string' || isLoopback(listener.address)
  if (addresses.every(isLocal)) return
  const reachable = `HOST=${settings.HOST}: other machines can reach this API, which has no TLS`
  if (settings.ALLOW_SELF_CHARGE) log.warn(`${reachable}, and members can charge their own points (ALLOW_SELF_CHARGE).`)
  else log.info(`${reachable}; put a proxy with TLS in front of it.`)
}
