import { Link } from 'wouter'
import { m } from '../../messages/messages.js'
import { language, setLanguage } from '../../shared/locale.ts'
import { useSession } from '../../shared/session.ts'
import { setTheme, useTheme } from '../../shared/theme.ts'

/** The bar at the top of every page. */
export function Header() {
  const theme = useTheme()
  const session = useSession()?.session
  return (
    <header className="header">
      <a className="skip-link" href="#main">
        {m.skip_to_content()}
      </a>
      <Link className="brand" href="/">
        <img src="/icon.svg" alt="" width="28" height="28" />
        Jumun
      </Link>
      <nav aria-label={m.main_navigation()}>
        <Link href="/products">{m.products()}</Link>
        <Link href="/orders">{m.orders()}</Link>
        <Link href="/points">{m.points()}</Link>
        <Link href="/cart">{m.cart()}</Link>
      </nav>
      <div className="header-tools">
        <span className="muted">{session?.memberId}</span>
        <button
          type="button"
          className="button button-quiet"
          onClick={() => setLanguage(language === 'ko' ? 'en' : 'ko')}
        >
          {language === 'ko' ? 'English' : '한국어'}
        </button>
        <button
          type="button"
          className="button button-quiet"
          aria-label={m.toggle_theme()}
          onClick={() => setTheme(theme === 'dark' ? 'light' : 'dark')}
        >
          ◐
        </button>
      </div>
    </header>
  )
}
