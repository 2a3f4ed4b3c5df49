import type { SessionView } from '@jumun/contract'

/** What a browser sends when a person goes to an address. */
export const NAVIGATION = {
  accept: 'text/html,application/xhtml+xml,*/*;q=0.8',
  'sec-fetch-site': 'none',
  'sec-fetch-mode': 'navigate',
}

/** Goes to a page as a browser does, without following redirects. */
export function navigate(address: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Response> {
  return fetch(address, { method, redirect: 'manual', headers: { ...NAVIGATION, ...headers } })
}

interface PageData {
  session?: SessionView
  'product.list'?: { items: { name: string }[] }
  'popular.products'?: object
}

/** What a page shows first: the content of its data island, as a browser finds it. */
export function dataOf(html: string): PageData {
  const [, json = ''] = /<script id="page-data" type="application\/json">(.*?)<\/script/s.exec(html) ?? []
  return JSON.parse(json) as PageData
}

/** Which app a page is of. */
export function appOf(html: string): string | undefined {
  return /\/assets\/(shop|console)\.(?:en|ko)-/.exec(html)?.[1]
}
