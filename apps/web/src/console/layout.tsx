import { Link, Outlet } from '@tanstack/react-router'
import { m } from '../messages/messages.js'
import { language, setLanguage } from '../shared/locale.ts'
import { useSession } from '../shared/session.ts'
import { setTheme, useTheme } from '../shared/theme.ts'

/** Navigation at the side, tools at the top, and the page. */
export function Layout() {
  const theme = useTheme()
  const session = useSession()?.session
  return (
    <div className="console">
      <a className="skip-link" href="#main">
        {m.skip_to_content()}
      </a>
      <nav className="side" aria-label={m.main_navigation()}>
        <span className="brand">
          <img src="/icon.svg" alt="" width="24" height="24" />
          Jumun
        </span>
        <Link to="/">{m.now()}</Link>
        <Link to="/orders">{m.orders()}</Link>
      </nav>
      <header className="top">
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
      </header>
      <main id="main" tabIndex={-1}>
        <Outlet />
      </main>
    </div>
  )
}
