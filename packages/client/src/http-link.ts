import { httpBatchLink, httpLink, type Operation, splitLink, type TRPCLink } from '@trpc/client'
import { CallFailure } from './call-failure.ts'
import { type Fetch, jsonFetch } from './fetch-json.ts'
import type { JumunRouter } from './router.ts'

/** The most calls that the server takes in one batch. */
const MAX_BATCH_ITEMS = 50

/** Below the 8 KiB that proxies allow a request line. */
const MAX_URL_LENGTH = 7_000

/** Fifty of these fit into the 256 KiB that the server takes as a body, and one into a URL. */
const MAX_BATCHED_INPUT_LENGTH = 5_000

/** A token, or a function that has one ready for each request. */
export type Token = string | (() => string | Promise<string>)

interface HttpLinkOptions {
  url: URL
  token: Token | undefined
  fetch: Fetch
}

/** Sends calls that are made in one go as one request; large ones each for itself, so that no batch is too large. */
export function jumunHttpLink({ url, token, fetch }: HttpLinkOptions): TRPCLink<JumunRouter> {
  const options = {
    url: `${url.href.replace(/\/+$/, '')}/trpc`,
    headers: () => authorization(token),
    fetch: jsonFetch(fetch),
  }
  return splitLink<JumunRouter>({
    condition: isLarge,
    true: httpLink(options),
    false: httpBatchLink({ ...options, maxItems: MAX_BATCH_ITEMS, maxURLLength: MAX_URL_LENGTH }),
  })
}

function isLarge({ input }: Operation): boolean {
  return encodeURIComponent(JSON.stringify(input) ?? '').length > MAX_BATCHED_INPUT_LENGTH
}

async function authorization(token: Token | undefined): Promise<Record<string, string>> {
  if (token === undefined) return {}
  const value = typeof token === 'string' ? token : await ask(token)
  if (/^[\x21-\x7e]+$/.test(value)) return { authorization: `Bearer ${value}` }
  throw new CallFailure('UNAUTHENTICATED', 'The token is empty, or has characters that no token has.')
}

async function ask(token: () => string | Promise<string>): Promise<string> {
  try {
    return await token()
  } catch (cause) {
    throw new CallFailure('UNAUTHENTICATED', `There is no token: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    })
  }
}
