import { Link } from 'wouter'
import { m } from '../../messages/messages.js'
import { useTitle } from '../use-page.ts'

/** For addresses that the shop does not have. */
export function NotFoundPage() {
  useTitle(m.page_not_found())
  return (
    <div className="empty">
      <h1>{m.page_not_found()}</h1>
      <p>
        <Link href="/">{m.shop_to_first_page()}</Link>
      </p>
    </div>
  )
}
