import { type HttpHandler, http } from 'msw'
import type { Platform } from './platform.ts'

/**
 * The data platform as msw request handlers: what is requested below the address is answered by the platform,
 * its `Response.error()` becoming the network error that a lost reply is on the wire.
 *
 * @param baseUrl the address without a path, such as `http://platform.test`
 */
export function dataPlatformHandlers(baseUrl: string, platform: Platform): HttpHandler[] {
  return [http.all(new URL('/*', baseUrl).href, ({ request }) => platform.fetch(request))]
}
