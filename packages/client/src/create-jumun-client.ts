import { createTRPCClient } from '@trpc/client'
import type { JumunClient } from './client.ts'
import type { Fetch } from './links/fetch-json.ts'
import { jumunHttpLink } from './links/http-link.ts'
import { retryLink } from './links/retry-link.ts'
import { type Token, Tokens } from './links/tokens.ts'
import { createLists } from './lists.ts'
import type { Procedures } from './procedures.gen.ts'
import type { JumunRouter } from './trpc.ts'

const DEFAULT_TIMEOUT_MS = 30_000
/** Timers count no further. */
const MAX_TIMEOUT_MS = 2_147_483_647

/**
 * How to reach the API.
 * @example const options: JumunClientOptions = { url: location.origin, timeoutMs: 5_000 }
 */
export interface JumunClientOptions {
  /** Address of the API without `/trpc`, such as `https://shop.example`. */
  url: string | URL
  /** The member's or admin's. None: anyone's calls only. */
  token?: Token | undefined
  /** How long a call may take with all retries, in milliseconds: 1 to 2,147,483,647, default 30,000. */
  timeoutMs?: number | undefined
  /** Used instead of the global `fetch`. */
  fetch?: Fetch | undefined
}

/**
 * Makes the client of an API. The calls of one tick travel in one request.
 *
 * A call is made again, after growing random pauses, when the network failed, the server was unavailable or calls came too fast.
 * Those that move points carry a key, and never move them twice. What would do more when done twice is made again only when calls
 * came too fast.
 *
 * Calls reject with `JumunError`. This itself throws `TypeError` for a bad address and `RangeError` for a bad timeout.
 * @example const jumun = createJumunClient({ url: 'http://127.0.0.1:3000', token: () => session.token })
 */
export function createJumunClient(options: JumunClientOptions): JumunClient {
  const { timeoutMs = DEFAULT_TIMEOUT_MS } = options
  const url = new URL(options.url)
  if (!/^https?:$/.test(url.protocol)) throw new TypeError(`Not an http or https address: ${url.protocol}`)
  if (!(timeoutMs >= 1 && timeoutMs <= MAX_TIMEOUT_MS)) throw new RangeError(`timeoutMs out of range: ${timeoutMs}`)
  const fetch: Fetch = options.fetch ?? ((...request) => globalThis.fetch(...request))
  const tokens = new Tokens(options.token)
  const trpc = createTRPCClient<JumunRouter>({
    links: [retryLink({ timeoutMs, tokens }), jumunHttpLink({ url, tokens, fetch })],
  })
  const procedures: Procedures = trpc
  const lists = createLists(procedures)
  // tRPC's client is a proxy that takes any name for a procedure's, so nothing can be added to it.
  return new Proxy(procedures as JumunClient, {
    get: (target, name) => Reflect.get(Object.hasOwn(lists, name) ? lists : target, name),
  })
}
