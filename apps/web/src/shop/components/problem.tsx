import { isJumunError } from '@jumun/client'
import { useEffect, useState } from 'react'
import { m } from '../../messages/messages.js'
import { formatNumber } from '../../shared/format.ts'
import { useNow } from '../use-page.ts'

/** Says that something could not be read, and offers another try. While the shop is busy it counts down and tries by itself. */
export function ReadProblem({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const [until] = useState(() => Date.now() + retryAfterMs(error))
  const leftMs = until - useNow(1_000)
  const isBusy = retryAfterMs(error) > 0
  const isDue = isBusy && leftMs <= 0
  useEffect(() => {
    if (isDue) onRetry()
  }, [isDue, onRetry])
  return (
    <div className="notice warn problem" role="alert">
      <p>{isBusy ? m.shop_shop_busy() : m.shop_cannot_read()}</p>
      <button type="button" className="button" onClick={onRetry}>
        {isBusy && leftMs > 0 ? m.shop_retry_in({ seconds: formatNumber(Math.ceil(leftMs / 1_000)) }) : m.retry()}
      </button>
    </div>
  )
}

function retryAfterMs(error: unknown): number {
  return isJumunError(error, 'TOO_MANY_REQUESTS', 'UNAVAILABLE') ? error.details.retryAfterSeconds * 1_000 : 0
}
