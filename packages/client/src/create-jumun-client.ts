import { createTRPCClient } from '@trpc/client'
import type { JumunClient } from './client.ts'
import type { Fetch } from './links/fetch-json.ts'
import { jumunHttpLink } from './links/http-link.ts'
import { retryLink } from './links/retry-link.ts'
import { type Token, Tokens } from './links/tokens.ts'
import { createLists } from './lists.ts'
import type { ChangesOptions } from './live/changes.ts'
import { type FollowContext, followChanges } from './live/follow-changes.ts'
import type { Procedures } from './procedures.gen.ts'
import type { JumunRouter } from './trpc.ts'

const DEFAULT_TIMEOUT_MS = 30_000
/** `setTimeout` cannot wait longer. */
const MAX_TIMEOUT_MS = 2_147_483_647

/**
 * How to reach the API.
 * @example const options: JumunClientOptions = { url: location.origin, timeoutMs: 5_000 }
 */
export interface JumunClientOptions {
  /** The address of the API without `/trpc`, such as `https://shop.example`. */
  url: string | URL
  /** The token of a member or an admin. Without one, only calls that anyone may make succeed. */
  token?: Token | undefined
  /** The time limit of a call with all of its retries, in milliseconds (1 to 2,147,483,647, default 30,000). */
  timeoutMs?: number | undefined
  /**
   * Whether calls are retried while no connection to the server can be made, as during its restart (default true). With false they fail
   * at once.
   */
  waitForServer?: boolean | undefined
  /** Draws the jitter of the backoff, from 0 to below 1. Used instead of `Math.random`. */
  random?: (() => number) | undefined
  /** Used instead of the global `fetch`. */
  fetch?: Fetch | undefined
}

/**
 * Creates a client of an API. Queries of one tick share one HTTP request, and so do mutations.
 *
 * A call is retried with exponential backoff when the network fails, the server is unavailable (`UNAVAILABLE`) or the rate limit is
 * exceeded (`TOO_MANY_REQUESTS`). Calls that move points carry an idempotency key, so a retry never moves points twice. Other calls
 * that would have another effect when repeated are retried only after `TOO_MANY_REQUESTS`.
 *
 * Calls reject with `JumunError`. `createJumunClient` throws `TypeError` for a malformed address or one that is not http or https,
 * and `RangeError` for a timeout out of range.
 * @example const jumun = createJumunClient({ url: 'http://127.0.0.1:3000', token: () => session.token })
 */
export function createJumunClient(options: JumunClientOptions): JumunClient {
  const { timeoutMs = DEFAULT_TIMEOUT_MS, waitForServer = true, random = Math.random } = options
  const url = new URL(options.url)
  if (!/^https?:$/.test(url.protocol)) throw new TypeError(`Not an http or https address: ${url.protocol}`)
  if (!(timeoutMs >= 1 && timeoutMs <= MAX_TIMEOUT_MS)) throw new RangeError(`timeoutMs out of range: ${timeoutMs}`)
  const fetch: Fetch = options.fetch ?? ((...request) => globalThis.fetch(...request))
  const tokens = new Tokens(options.token)
  const trpc = createTRPCClient<JumunRouter>({
    links: [retryLink({ timeoutMs, tokens, waitForServer, random }), jumunHttpLink({ url, tokens, fetch })],
  })
  const procedures: Procedures = trpc
  const context: FollowContext = { url, fetch, tokens, waitForServer, random }
  const own = { ...createLists(procedures), changes: (feed?: ChangesOptions) => followChanges(context, feed) }
  // The tRPC client is a proxy that takes every property name for a procedure, so the lists cannot be added to it.
  return new Proxy(procedures as JumunClient, {
    get: (target, name) => Reflect.get(Object.hasOwn(own, name) ? own : target, name),
  })
}
