import { useSyncExternalStore } from 'react'
import { m } from '../../messages/messages.js'

interface Toast {
  id: number
  text: string
  tone: 'good' | 'bad'
}

const SHOWN_MS = 6_000

let toasts: readonly Toast[] = []
let lastId = 0
const listeners = new Set<() => void>()

function show(next: readonly Toast[]): void {
  toasts = next
  for (const listener of listeners) listener()
}

/** Shows the result of an action. An error stays until it is closed. */
export function notify(text: string, tone: Toast['tone'] = 'good'): void {
  lastId += 1
  const id = lastId
  show([...toasts, { id, text, tone }])
  if (tone === 'good') setTimeout(() => close(id), SHOWN_MS)
}

function close(id: number): void {
  show(toasts.filter((toast) => toast.id !== id))
}

/** Where results are shown, and spoken. */
export function Toasts() {
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => toasts,
  )
  return (
    <section className="toasts" aria-label={m.results()} aria-live="polite">
      {shown.map(({ id, text, tone }) => (
        <div key={id} className={`toast ${tone}`}>
          <p>{text}</p>
          <button
            type="button"
            className="button button-quiet button-small"
            onClick={() => close(id)}
            aria-label={m.close()}
          >
            ✕
          </button>
        </div>
      ))}
    </section>
  )
}
