import { type HttpHandler, http } from 'msw'
import type { Platform } from './platform.ts'

/**
 * The data platform as msw request handlers for every path below `baseUrl`. `Response.error()` becomes a network error, as
 * a lost reply does on a real connection.
 *
 * @param baseUrl an address without a path, such as `http://platform.test`
 */
export function dataPlatformHandlers(baseUrl: string, platform: Platform): HttpHandler[] {
  return [http.all(new URL('/*', baseUrl).href, ({ request }) => platform.fetch(request))]
}
