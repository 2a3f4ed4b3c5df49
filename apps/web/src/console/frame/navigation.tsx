import { Link } from '@tanstack/react-router'
import { m } from '../../messages/messages.js'
import { Icon } from './icon.tsx'
import { PAGES } from './pages.ts'

/** Links to every page. */
export function Navigation({ onLeave }: { onLeave?: () => void }) {
  return (
    <nav className="nav" aria-label={m.main_navigation()}>
      {PAGES.map(({ to, label, icon }) => (
        <Link key={to} to={to} activeOptions={{ exact: to === '/', includeSearch: false }} onClick={onLeave}>
          <Icon path={icon} />
          {label()}
        </Link>
      ))}
    </nav>
  )
}

export function Brand() {
  return (
    <Link to="/" className="brand">
      <img src="/icon.svg" alt="" width="24" height="24" />
      <span>
        Jumun <span className="muted">{m.console_word()}</span>
      </span>
    </Link>
  )
}
