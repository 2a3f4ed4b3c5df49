import { httpBatchLink, httpLink, type Operation, type OperationContext, splitLink, type TRPCLink } from '@trpc/client'
import type { JumunRouter } from '../trpc.ts'
import { type Fetch, jsonFetch } from './fetch-json.ts'
import type { Tokens } from './tokens.ts'

/** The key in an operation's context under which its token is stored. */
const TOKEN = 'jumun.token'

/** The server rejects larger batches. */
const MAX_BATCH_ITEMS = 50

/** Below the limit of 8 KiB that proxies have for a request line. */
const MAX_URL_LENGTH = 7_000

/** In characters of the encoded input. 50 such inputs fit into the 256 KiB that the server accepts as a body, and one fits into a URL. */
const MAX_BATCHED_INPUT_LENGTH = 5_000

interface HttpLinkOptions {
  url: URL
  tokens: Tokens
  fetch: Fetch
}

/** Sends the calls of one tick as one batch. Large calls are sent alone, so that no batch exceeds the limits of the server. */
export function jumunHttpLink({ url, tokens, fetch }: HttpLinkOptions): TRPCLink<JumunRouter> {
  const options = {
    url: `${url.href.replace(/\/+$/, '')}/trpc`,
    fetch: jsonFetch(fetch),
  }
  return splitLink<JumunRouter>({
    condition: isLarge,
    true: httpLink({ ...options, headers: ({ op }) => authorization(tokens, [op]) }),
    false: httpBatchLink({
      ...options,
      headers: ({ opList }) => authorization(tokens, opList),
      maxItems: MAX_BATCH_ITEMS,
      maxURLLength: MAX_URL_LENGTH,
    }),
  })
}

function isLarge({ input }: Operation): boolean {
  return encodeURIComponent(JSON.stringify(input) ?? '').length > MAX_BATCHED_INPUT_LENGTH
}

/** Returns the authorization header of a request, and stores its token in the context of each of its operations. */
async function authorization(tokens: Tokens, ops: Operation[]): Promise<Record<string, string>> {
  const token = await tokens.current()
  if (token === undefined) return {}
  for (const { context } of ops) context[TOKEN] = token
  return { authorization: `Bearer ${token}` }
}

/** The token that an operation was sent with; undefined if it had none. */
export function tokenOf(context: OperationContext): string | undefined {
  return context[TOKEN] as string | undefined
}
