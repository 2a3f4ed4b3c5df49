import { useNavigate } from '@tanstack/react-router'
import { useEffect } from 'react'
import { findActionByKey, setFrameDialog } from './actions.ts'
import { PAGES } from './pages.ts'

/** How long `g` waits for its letter. */
const SEQUENCE_MS = 1_500

/** Keys that work everywhere: the palette, the list of keys, `g` and a page's letter, and what the page offers. */
export function useKeys(): void {
  const navigate = useNavigate()
  useEffect(() => {
    let goPressedAt = Number.NEGATIVE_INFINITY
    const onKeyDown = (event: KeyboardEvent) => {
      const { key, ctrlKey, metaKey, altKey, timeStamp } = event
      if ((ctrlKey || metaKey) && !altKey && key.toLowerCase() === 'k') {
        event.preventDefault()
        if (!isDialogOpen()) setFrameDialog('palette')
        return
      }
      if (ctrlKey || metaKey || altKey || event.defaultPrevented || takesText(event.target) || isDialogOpen()) return
      const page = timeStamp - goPressedAt < SEQUENCE_MS ? PAGES.find((page) => page.key === key) : undefined
      goPressedAt = key === 'g' ? timeStamp : Number.NEGATIVE_INFINITY
      const run = page
        ? () => navigate({ to: page.to })
        : key === '?'
          ? () => setFrameDialog('keys')
          : findActionByKey(key)?.run
      if (!run) return
      event.preventDefault()
      run()
    }
    document.addEventListener('keydown', onKeyDown)
    return () => document.removeEventListener('keydown', onKeyDown)
  }, [navigate])
}

/** Whether a key typed there is text. */
function takesText(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches('input, textarea, select'))
}

function isDialogOpen(): boolean {
  return document.querySelector('[role="dialog"], [role="alertdialog"]') !== null
}
