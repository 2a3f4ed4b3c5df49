import { useQueryClient } from '@tanstack/react-query'
import { m } from '../../messages/messages.js'
import { restartLive } from '../../shared/live.ts'
import { signOut, useSession } from '../../shared/session.ts'
import { forgetCalls } from '../components/use-sure-call.ts'
import { openPalette } from './actions.ts'
import { DisplaySettings } from './display-settings.tsx'
import { Icon } from './icon.tsx'
import { LiveState } from './live-state.tsx'

const MENU = 'M2 4h12M2 8h12M2 12h12'
const SEARCH = 'M7 12a5 5 0 1 0 0-10 5 5 0 0 0 0 10M10.5 10.5 14 14'

/** Search, the state of the feed, how things are shown, and who is signed in. */
export function TopBar({ onMenu }: { onMenu: () => void }) {
  return (
    <header className="top">
      <button type="button" className="button button-quiet menu-button" aria-label={m.open_menu()} onClick={onMenu}>
        <Icon path={MENU} />
      </button>
      <button type="button" className="palette-button" onClick={openPalette} aria-keyshortcuts="Control+K Meta+K">
        <Icon path={SEARCH} />
        <span>{m.palette_open()}</span>
        <kbd className="only-wide">Ctrl K</kbd>
      </button>
      <LiveState />
      <span className="top-tools">
        <DisplaySettings />
        <SessionTools />
      </span>
    </header>
  )
}

/** Who is signed in, and the way out. */
export function SessionTools() {
  const queries = useQueryClient()
  const session = useSession()?.session
  const leave = async () => {
    await signOut()
    restartLive()
    forgetCalls()
    queries.clear()
    location.assign('/console')
  }
  return (
    <span className="session">
      <span className="session-member" title={session?.memberId}>
        {session?.memberId}
      </span>
      <button type="button" className="button button-quiet button-small" onClick={leave}>
        {m.sign_out()}
      </button>
    </span>
  )
}
