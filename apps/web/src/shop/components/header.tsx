import { Link, useLocation } from 'wouter'
import { m } from '../../messages/messages.js'
import { formatNumber } from '../../shared/format.ts'
import { language, setLanguage } from '../../shared/locale.ts'
import { setTheme, useTheme } from '../../shared/theme.ts'
import { unitsIn, useCart } from '../cart.ts'
import { useMember } from '../member.ts'
import { Account } from './account.tsx'
import { Search } from './search.tsx'

/** The bar at the top of every page. */
export function Header() {
  return (
    <header className="header">
      <a className="skip-link" href="#main">
        {m.skip_to_content()}
      </a>
      <Link className="brand" href="/">
        <img src="/icon.svg" alt="" width="28" height="28" />
        Jumun
      </Link>
      <Search />
      <div className="header-tools">
        <CartLink />
        <Account />
        <button
          type="button"
          className="tool"
          lang={language === 'ko' ? 'en' : 'ko'}
          onClick={() => setLanguage(language === 'ko' ? 'en' : 'ko')}
        >
          {language === 'ko' ? 'English' : '한국어'}
        </button>
        <ThemeButton />
      </div>
      <nav aria-label={m.main_navigation()}>
        <NavLink href="/products">{m.products()}</NavLink>
        <NavLink href="/orders">{m.orders()}</NavLink>
        <NavLink href="/points">{m.points()}</NavLink>
      </nav>
    </header>
  )
}

function NavLink({ href, children }: { href: string; children: string }) {
  const [path] = useLocation()
  return (
    <Link href={href} aria-current={path === href ? 'page' : undefined}>
      {children}
    </Link>
  )
}

function CartLink() {
  const { cart } = useCart(useMember())
  const units = unitsIn(cart.data)
  return (
    <Link className="tool cart-link" href="/cart">
      {m.shop_cart()}
      <span className="badge" data-empty={units === 0}>
        {formatNumber(units)}
      </span>
    </Link>
  )
}

function ThemeButton() {
  const theme = useTheme()
  const isDark = theme === 'dark' || (theme === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches)
  return (
    <button
      type="button"
      className="tool icon-tool"
      aria-label={m.toggle_theme()}
      onClick={() => setTheme(isDark ? 'light' : 'dark')}
    >
      <svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
        <circle cx="10" cy="10" r="7" fill="none" stroke="currentColor" strokeWidth="1.8" />
        <path d="M10 3a7 7 0 0 1 0 14z" fill="currentColor" />
      </svg>
    </button>
  )
}
