import { CONSOLE_PATHS, SHOP_PATHS } from '../src/shared/page-paths.ts'

/** What stands in the paths of pages. */
export interface PageIds {
  memberId: string
  productId: number
  orderId: string
}

/** The address of every page of an app. */
export function everyPage(app: 'shop' | 'console', { memberId, productId, orderId }: PageIds): string[] {
  const fill = (path: string) =>
    path
      .replace(/[:$]memberId/, memberId)
      .replace(/[:$]productId/, String(productId))
      .replace(/[:$]orderId/, orderId)
  if (app === 'console') return CONSOLE_PATHS.map((path) => `/console${fill(path)}`.replace(/\/$/, ''))
  // Paying at once is a page of its own.
  return [...SHOP_PATHS.map(fill), `/checkout?product=${productId}&quantity=1`]
}
