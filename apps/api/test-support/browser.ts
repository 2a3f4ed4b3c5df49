import type { SessionView } from '@jumun/contract'
import { createSignInCode, type SignedIn } from '@jumun/domain'
import type { TestApi } from '@jumun/test-kit/api'

/** What a browser sends with a request that a page of the same origin makes. */
const FROM_OWN_PAGE = { 'sec-fetch-site': 'same-origin' }

interface Options {
  method?: string
  body?: unknown
  headers?: Record<string, string>
}

/** Calls as a page of the shop would. */
export function fetchAsPage({ url }: Pick<TestApi, 'url'>, path: string, options: Options = {}): Promise<Response> {
  const { method = 'GET', body, headers } = options
  return fetch(url + path, {
    method,
    redirect: 'manual',
    headers: { ...FROM_OWN_PAGE, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
}

/** Signs in with a one-time code. Returns the answer, and the header `Cookie` of later calls. */
export async function signIn(
  api: TestApi,
  who: SignedIn,
  headers: Record<string, string> = {},
): Promise<{ cookie: string; view: SessionView; setCookie: string }> {
  const code = await createSignInCode(api.services.em, who)
  const response = await fetchAsPage(api, '/session', { method: 'POST', body: { code }, headers })
  const view = (await response.json()) as SessionView
  const [setCookie = ''] = response.headers.getSetCookie()
  return { cookie: cookieOf(response), view, setCookie }
}

/** The cookies that a response sets, as a browser would send them; those that it deletes are left out. */
export function cookieOf(response: Response): string {
  const pairs = response.headers.getSetCookie().map((line) => line.split(';', 1)[0] ?? '')
  return pairs.filter((pair) => !pair.endsWith('=')).join('; ')
}
