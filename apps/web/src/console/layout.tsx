import { CSPProvider } from '@base-ui/react/csp-provider'
import { Outlet } from '@tanstack/react-router'
import { lazy, Suspense, useState } from 'react'
import { m } from '../messages/messages.js'
import { useSession } from '../shared/session.ts'
import { Toasts } from './components/toasts.tsx'
import { setFrameDialog, useFrameDialog } from './frame/actions.ts'
import { Navigation } from './frame/navigation.tsx'
import { Refusal } from './frame/refusal.tsx'
import { TopBar } from './frame/top-bar.tsx'
import { useKeys } from './frame/use-keys.ts'

/** What opens over the page is loaded when it opens first. */
const Palette = lazy(() => import('./frame/palette.tsx'))
const KeysDialog = lazy(() => import('./frame/keys-dialog.tsx'))
const Drawer = lazy(() => import('./frame/drawer.tsx'))

/** Navigation at the side, tools at the top, and the page; only for operators. */
export function Layout() {
  const state = useSession()
  if (state && state.session?.role !== 'admin') return <Refusal state={state} />
  return (
    // Base UI writes style elements otherwise, which the policy of the page forbids.
    <CSPProvider disableStyleElements>
      <Frame isKnown={state !== undefined} />
    </CSPProvider>
  )
}

function Frame({ isKnown }: { isKnown: boolean }) {
  const [isMenuOpen, setMenuOpen] = useState(false)
  const dialog = useFrameDialog()
  useKeys()
  const closeDialog = () => setFrameDialog(undefined)
  return (
    <div className="console">
      <a className="skip-link" href="#main">
        {m.skip_to_content()}
      </a>
      <div className="side">
        <Navigation />
      </div>
      <TopBar onMenu={() => setMenuOpen(true)} />
      <main id="main" tabIndex={-1}>
        {isKnown && <Outlet />}
      </main>
      <Suspense fallback={null}>
        {isMenuOpen && <Drawer onClose={() => setMenuOpen(false)} />}
        {dialog === 'keys' && <KeysDialog onClose={closeDialog} />}
        {dialog === 'palette' && <Palette onClose={closeDialog} />}
      </Suspense>
      <Toasts />
    </div>
  )
}
