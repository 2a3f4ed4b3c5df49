import { createElement, Fragment, type ReactElement } from 'react'
import { m } from '../../messages/messages.js'
import type { ShopPath } from '../../shared/page-paths.ts'

/**
 * How pages begin that many people see first. The build writes them into the HTML, so that they are painted before the scripts have
 * arrived: that is why this file has no JSX, which only the bundler reads.
 */
const INTROS = {
  '/': () => [m.shop_popular_now(), m.shop_popular_lead()],
  '/products': () => [m.products(), m.shop_products_lead()],
} satisfies Partial<Record<ShopPath, () => [heading: string, lead: string]>>

type IntroPath = keyof typeof INTROS

export const INTRO_PATHS = Object.keys(INTROS) as IntroPath[]

/** The heading of a page, and a sentence that says what it shows. */
export function Intro({ path }: { path: IntroPath }): ReactElement {
  const [heading, lead] = INTROS[path]()
  return createElement(
    Fragment,
    null,
    createElement('h1', null, heading),
    createElement('p', { className: 'lead muted' }, lead),
  )
}
