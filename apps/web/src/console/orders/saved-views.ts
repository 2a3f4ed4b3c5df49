import { useSyncExternalStore } from 'react'
import { type OrderSearch, parseOrderSearch } from './order-search.ts'

/** A filter that was kept under a name, in this browser. */
interface SavedView {
  name: string
  search: OrderSearch
}

const STORED = 'jumun-order-views'
const MAX_VIEWS = 20

let views = read()
const listeners = new Set<() => void>()

window.addEventListener('storage', ({ key }) => key === STORED && show(read()))

function read(): readonly SavedView[] {
  try {
    const stored = JSON.parse(localStorage.getItem(STORED) ?? '[]') as SavedView[]
    return stored
      .slice(0, MAX_VIEWS)
      .map(({ name, search }) => ({ name: String(name), search: parseOrderSearch({ ...search }) }))
  } catch {
    return []
  }
}

function show(next: readonly SavedView[]): void {
  views = next
  for (const listener of listeners) listener()
}

/** Keeps a view; one of the same name is replaced. */
export function saveView(view: SavedView): void {
  keep([view, ...views.filter(({ name }) => name !== view.name)].slice(0, MAX_VIEWS))
}

export function removeView(name: string): void {
  keep(views.filter((view) => view.name !== name))
}

function keep(next: readonly SavedView[]): void {
  localStorage.setItem(STORED, JSON.stringify(next))
  show(next)
}

export function useSavedViews(): readonly SavedView[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => views,
  )
}
