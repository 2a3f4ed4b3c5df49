/**
 * The paths of the shop's pages. The build hands them on to the server, which answers others with 404; the compiler sees to it that the
 * shop shows a page at each.
 */
export const SHOP_PATHS = [
  '/',
  '/products',
  '/product/:productId',
  '/cart',
  '/checkout',
  '/orders',
  '/order/:orderId',
  '/points',
  '/sign-in',
] as const

export type ShopPath = (typeof SHOP_PATHS)[number]

/** The paths of the console's pages, below /console, as its router writes them. A test compares the two. */
export const CONSOLE_PATHS = [
  '/',
  '/orders',
  '/orders/$orderId',
  '/members',
  '/members/$memberId',
  '/products',
  '/products/import',
  '/delivery',
  '/reconcile',
  '/audit',
  '/popular',
  '/system',
] as const
