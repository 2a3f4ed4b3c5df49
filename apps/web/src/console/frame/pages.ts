import { m } from '../../messages/messages.js'

/** A page of the navigation; `key` follows `g`. */
export interface ConsolePage {
  to: string
  label: () => string
  key: string
  /** The path of a 16 by 16 drawing. */
  icon: string
}

export const PAGES: readonly ConsolePage[] = [
  { to: '/', label: m.nav_now, key: 'n', icon: 'M1.5 8.5h3l2-5 3 9 2-4h3' },
  {
    to: '/orders',
    label: m.orders,
    key: 'o',
    icon: 'M3.5 1.5h9v13l-2.25-1.5L8 14.5 5.75 13 3.5 14.5zM6 5.5h4M6 8.5h4',
  },
  {
    to: '/members',
    label: m.nav_members,
    key: 'm',
    icon: 'M8 7.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6M2 14.5c0-3.5 2.5-5 6-5s6 1.5 6 5',
  },
  {
    to: '/products',
    label: m.products,
    key: 'p',
    icon: 'M2 4.75 8 1.5l6 3.25v6.5L8 14.5l-6-3.25zM2 4.75 8 8l6-3.25M8 8v6.5',
  },
  { to: '/delivery', label: m.nav_delivery, key: 'd', icon: 'M14.5 1.5 1.5 6l5.5 3 3 5.5zM7 9l3.5-3.5' },
  { to: '/reconcile', label: m.nav_reconcile, key: 'r', icon: 'M2 6h11l-3-3M14 10H3l3 3' },
  {
    to: '/audit',
    label: m.nav_audit,
    key: 'a',
    icon: 'M8 1.5 13.5 4v4c0 3.5-2.5 5.5-5.5 6.5C5 13.5 2.5 11.5 2.5 8V4zM5.5 8 7.5 10l3-4',
  },
  {
    to: '/popular',
    label: m.nav_popular,
    key: 'f',
    icon: 'M2.5 14.5v-5h3v5M6.5 14.5v-12h3v12M10.5 14.5v-8h3v8M1.5 14.5h13',
  },
  { to: '/system', label: m.nav_system, key: 's', icon: 'M2 2.5h12v4H2zM2 9.5h12v4H2zM4.5 4.5h.01M4.5 11.5h.01' },
]
