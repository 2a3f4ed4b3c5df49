import { isJumunError } from '@jumun/client'
import { type ReactNode, useEffect, useState } from 'react'
import { m } from '../../messages/messages.js'

/** Where there is nothing to show: why, and what to do. */
export function EmptyState({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty-state">
      <p className="empty-title">{title}</p>
      {children && <div className="muted">{children}</div>}
    </div>
  )
}

/** A placeholder for rows that are being read. */
export function Loading({ rows = 6 }: { rows?: number }) {
  return (
    <div className="loading" aria-busy="true">
      <span className="visually-hidden" role="status">
        {m.loading()}
      </span>
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} className="loading-row" />
      ))}
    </div>
  )
}

/** A failed read or call, in words, and the way to repeat it; where the server is busy, after the wait that it asks for. */
export function ErrorState({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const seconds = useCountdown(error)
  return (
    <div className="notice bad error-state" role="alert">
      <div>
        <p>{describeError(error)}</p>
        {isJumunError(error) && error.requestId && <p className="muted mono small">{error.requestId}</p>}
      </div>
      {onRetry && (
        <button type="button" className="button button-small" onClick={onRetry} disabled={seconds > 0}>
          {seconds > 0 ? m.retry_in({ seconds }) : m.retry()}
        </button>
      )}
    </div>
  )
}

/** What went wrong, as a sentence in the language of the page where it has one. */
export function describeError(error: unknown): string {
  if (!isJumunError(error)) return m.error_unknown()
  const sentences: Partial<Record<typeof error.code, () => string>> = {
    UNREACHABLE: m.error_unreachable,
    UNAVAILABLE: m.error_unavailable,
    TOO_MANY_REQUESTS: m.error_too_many,
    UNAUTHENTICATED: m.error_signed_out,
    FORBIDDEN: m.error_forbidden,
    INTERNAL: m.error_internal,
  }
  return sentences[error.code]?.() ?? error.message
}

/** The seconds that the server asks to wait, counted down. */
function useCountdown(error: unknown): number {
  const [left, setLeft] = useState(0)
  useEffect(() => {
    setLeft(secondsToWait(error))
    const timer = setInterval(() => setLeft((seconds) => Math.max(0, seconds - 1)), 1_000)
    return () => clearInterval(timer)
  }, [error])
  return left
}

function secondsToWait(error: unknown): number {
  if (!isJumunError(error, 'UNAVAILABLE', 'TOO_MANY_REQUESTS')) return 0
  return Math.ceil(error.details.retryAfterSeconds)
}
