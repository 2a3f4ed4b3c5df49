import { useCallback, useEffect, useRef, useState } from 'react'
import { type Found, nothingFound, reconcileOrders } from './reconcile-orders.ts'

/** One comparison at a time; it ends with the page. */
export function useReconcile() {
  const [found, setFound] = useState<Found>()
  const [isRunning, setRunning] = useState(false)
  const [error, setError] = useState<unknown>()
  const running = useRef<AbortController>(undefined)
  const stop = useCallback(() => running.current?.abort(), [])
  useEffect(() => stop, [stop])
  const run = useCallback(async (options: { dryRun: boolean; graceSeconds: number }) => {
    if (running.current) return
    const controller = new AbortController()
    running.current = controller
    setRunning(true)
    setError(undefined)
    setFound(nothingFound(options.dryRun))
    try {
      await reconcileOrders({ ...options, signal: controller.signal, onProgress: setFound })
    } catch (cause) {
      if (!controller.signal.aborted) setError(cause)
    } finally {
      running.current = undefined
      setRunning(false)
    }
  }, [])
  return { found, isRunning, error, run, stop }
}
