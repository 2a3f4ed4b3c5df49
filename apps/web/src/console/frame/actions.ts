import { useEffect, useSyncExternalStore } from 'react'

/** Something that a page offers in the palette, and by a key where it has one. */
export interface PageAction {
  id: string
  label: string
  /** The key that runs it, as `event.key` names it; for `g` pages see pages.ts. */
  key?: string
  /** Works by its key only, and is not listed. */
  isHidden?: boolean
  run: () => void
}

/** The actions that each mounted component offers. */
const offers = new Set<readonly PageAction[]>()
const listeners = new Set<() => void>()
let offered: readonly PageAction[] = []
let openDialog: 'palette' | 'keys' | undefined

function tell(): void {
  offered = [...offers].flat()
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Offers actions for as long as the calling component is shown. The array must be the same until it changes: `useMemo`. */
export function usePageActions(actions: readonly PageAction[]): void {
  useEffect(() => {
    offers.add(actions)
    tell()
    return () => {
      offers.delete(actions)
      tell()
    }
  }, [actions])
}

/** All actions of the page that is shown. */
export function useOfferedActions(): readonly PageAction[] {
  return useSyncExternalStore(subscribe, () => offered)
}

export function findActionByKey(key: string): PageAction | undefined {
  return offered.findLast((action) => action.key === key)
}

export function openPalette(): void {
  setFrameDialog('palette')
}

/** Opens the palette or the list of keys, or closes either. */
export function setFrameDialog(dialog: 'palette' | 'keys' | undefined): void {
  openDialog = dialog
  for (const listener of listeners) listener()
}

export function useFrameDialog(): 'palette' | 'keys' | undefined {
  return useSyncExternalStore(subscribe, () => openDialog)
}
