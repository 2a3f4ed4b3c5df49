import { useSyncExternalStore } from 'react'
import { keepPreference } from './preferences.ts'

export type Theme = 'light' | 'dark' | 'auto'

const root = document.documentElement
const listeners = new Set<() => void>()

function theme(): Theme {
  const chosen = root.dataset['theme']
  return chosen === 'light' || chosen === 'dark' ? chosen : 'auto'
}

/** Changes the theme of the page, and of later pages; `auto` follows the system. */
export function setTheme(chosen: Theme): void {
  if (chosen === 'auto') delete root.dataset['theme']
  else root.dataset['theme'] = chosen
  keepPreference('jumun-theme', chosen)
  for (const listener of listeners) listener()
}

export function useTheme(): Theme {
  return useSyncExternalStore((listener) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }, theme)
}
