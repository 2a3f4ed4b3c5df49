import { httpBatchLink, httpLink, type Operation, type OperationContext, splitLink, type TRPCLink } from '@trpc/client'
import type { JumunRouter } from '../trpc.ts'
import { type Fetch, jsonFetch } from './fetch-json.ts'
import type { Tokens } from './tokens.ts'

/** Where a call's context has the token that it was made with. */
const TOKEN = 'jumun.token'

/** The most calls that the server takes in one batch. */
const MAX_BATCH_ITEMS = 50

/** Below the 8 KiB that proxies allow a request line. */
const MAX_URL_LENGTH = 7_000

/** Fifty of these fit into the 256 KiB that the server takes as a body, and one into a URL. */
const MAX_BATCHED_INPUT_LENGTH = 5_000

interface HttpLinkOptions {
  url: URL
  tokens: Tokens
  fetch: Fetch
}

/** Sends calls that are made in one go as one request; large ones each for itself, so that no batch is too large. */
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

/** Gives a request its token, and notes in the context of each of its calls which one that was. */
async function authorization(tokens: Tokens, ops: Operation[]): Promise<Record<string, string>> {
  const token = await tokens.current()
  if (token === undefined) return {}
  for (const { context } of ops) context[TOKEN] = token
  return { authorization: `Bearer ${token}` }
}

/** The token that a call was made with; undefined if none. */
export function tokenOf(context: OperationContext): string | undefined {
  return context[TOKEN] as string | undefined
}
