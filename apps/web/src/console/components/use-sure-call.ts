import { isJumunError } from '@jumun/client'
import { useCallback, useEffect, useRef, useState } from 'react'
import { m } from '../../messages/messages.js'
import { notify } from './toasts.tsx'

/**
 * How a call that changes something stands. `unknown`: its reply was lost, and it is repeated with the same key until the outcome is
 * known; nothing else may be sent meanwhile.
 */
export type CallState = { is: 'idle' } | { is: 'busy' } | { is: 'unknown' } | { is: 'refused'; error: unknown }

interface Pending<Input> {
  key: string
  /** When it was made, in milliseconds since 1970. */
  at: number
  input: Input
}

interface SureCall<Input> {
  state: CallState
  /** Makes the call, unless one is under way. */
  run: (input: Input) => void
  /** Forgets a refusal. */
  reset: () => void
}

interface SureCallOptions<Input, Output> {
  /** Names the call among all that this browser tab may have under way, such as `charge:mina`. */
  name: string
  call: (input: Input & { idempotencyKey: string }) => Promise<Output>
  onDone: (output: Output, input: Input) => void
}

const FIRST_WAIT_MS = 1_000
const MAX_WAIT_MS = 10_000
const KEY_BYTES = 16
/** The server keeps keys for 24 hours; after that a repetition would be another call. */
const MAX_AGE_MS = 20 * 3_600_000

/**
 * Makes a call once, whatever happens: its key is stored before it is sent, and a lost reply, a second click or a reload repeat it with
 * the same key until the server tells the outcome.
 */
export function useSureCall<Input extends object, Output>(options: SureCallOptions<Input, Output>): SureCall<Input> {
  const { name } = options
  const latest = useRef(options)
  latest.current = options
  const [state, setState] = useState<CallState>({ is: 'idle' })
  const isUnderWay = useRef(false)

  const send = useCallback(
    async (pending: Pending<Input>, signal: AbortSignal) => {
      isUnderWay.current = true
      for (let waitMs = FIRST_WAIT_MS; !signal.aborted; waitMs = Math.min(waitMs * 2, MAX_WAIT_MS)) {
        if (Date.now() - pending.at > MAX_AGE_MS)
          return end({ is: 'idle' }, () => notify(m.outcome_never_known(), 'bad'))
        try {
          const output = await latest.current.call({ ...pending.input, idempotencyKey: pending.key })
          return end({ is: 'idle' }, () => latest.current.onDone(output, pending.input))
        } catch (error) {
          if (!(isJumunError(error) && error.isOutcomeUnknown)) {
            // A refusal uses no key up.
            return end({ is: 'refused', error })
          }
          if (signal.aborted) return
          setState({ is: 'unknown' })
          await new Promise((resolve) => setTimeout(resolve, waitMs))
        }
      }
      function end(ended: CallState, tell?: () => void): void {
        forget(name)
        // The component is gone.
        if (signal.aborted) return
        isUnderWay.current = false
        setState(ended)
        tell?.()
      }
    },
    [name],
  )

  const life = useRef(new AbortController())
  useEffect(() => {
    life.current = new AbortController()
    const unfinished = recall<Input>(name)
    if (unfinished) {
      setState({ is: 'unknown' })
      void send(unfinished, life.current.signal)
    }
    return () => {
      life.current.abort()
      isUnderWay.current = false
    }
  }, [name, send])

  const run = useCallback(
    (input: Input) => {
      if (isUnderWay.current) return
      const pending = { key: randomKey(), at: Date.now(), input }
      sessionStorage.setItem(storedAs(name), JSON.stringify(pending))
      setState({ is: 'busy' })
      void send(pending, life.current.signal)
    },
    [name, send],
  )
  return { state, run, reset: useCallback(() => setState({ is: 'idle' }), []) }
}

const STORED = 'jumun-call:'
const storedAs = (name: string) => `${STORED}${name}`

/** Forgets calls whose outcome is unknown, because the next user to sign in must not repeat them. */
export function forgetCalls(): void {
  for (const name of Object.keys(sessionStorage)) if (name.startsWith(STORED)) sessionStorage.removeItem(name)
}

function forget(name: string): void {
  sessionStorage.removeItem(storedAs(name))
}

function recall<Input>(name: string): Pending<Input> | undefined {
  const stored = sessionStorage.getItem(storedAs(name))
  return stored === null ? undefined : (JSON.parse(stored) as Pending<Input>)
}

/** Not `crypto.randomUUID`, which browsers offer on https pages only. */
export function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(KEY_BYTES)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
}
