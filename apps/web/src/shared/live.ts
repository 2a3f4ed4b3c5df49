import type { ChangesReset, FollowedChange } from '@jumun/client'
import { JumunError } from '@jumun/client'
import { jumun } from './jumun.ts'

/**
 * The live feed, one stream a browser: browsers make few connections to a server over HTTP/1.1, and each tab with a stream of its own
 * would take one. The tab that holds a lock follows the feed and tells the others. When it closes, another one gets the lock and goes on
 * after the last change that it heard of.
 */

const NAME = 'jumun-live'

/** `resync`: changes may have been missed, so what is shown must be read again. */
export type LiveEvent = { type: 'change'; change: FollowedChange } | { type: 'resync' }

/** Whether changes arrive; `since` is when that began, in milliseconds since 1970. */
export interface LiveState {
  isLive: boolean
  since: number
}

type Message = LiveEvent | { type: 'state'; state: LiveState } | { type: 'hello' } | { type: 'restart' }

const listeners = new Set<(event: LiveEvent) => void>()
const stateListeners = new Set<() => void>()
const channel = new BroadcastChannel(NAME)
let state: LiveState = { isLive: false, since: Date.now() }
let cursor: string | undefined
let leading: AbortController | undefined

/** Calls the listener with each event, until the returned function is called. */
export function onLiveEvent(listener: (event: LiveEvent) => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** For `useSyncExternalStore`. */
export const liveState = {
  subscribe(listener: () => void): () => void {
    stateListeners.add(listener)
    return () => stateListeners.delete(listener)
  },
  get: (): LiveState => state,
}

/** Follows the feed, in this tab or through another one. */
export function startLive(): void {
  channel.onmessage = ({ data }: MessageEvent<Message>) => {
    if (data.type === 'hello') leading && tell({ type: 'state', state })
    else if (data.type === 'restart') restartIfLeading()
    else receive(data)
  }
  tell({ type: 'hello' })
  // Without a secure context there are no locks, and each tab has a stream of its own.
  if (navigator.locks) void navigator.locks.request(NAME, lead)
  else void lead()
}

/** Makes the leading tab reconnect after a sign-out, so that it follows the feed as the new caller. This tab loads its page again. */
export function restartLive(): void {
  tell({ type: 'restart' })
}

function restartIfLeading(): void {
  leading?.abort()
}

/** Follows the feed for as long as the page lives. */
async function lead(): Promise<never> {
  for (;;) {
    leading = new AbortController()
    try {
      await follow(leading.signal)
    } catch (error) {
      // The last change that this page got is more than seven days old, so it begins at the end of the feed.
      if (error instanceof JumunError && error.code === 'CURSOR_EXPIRED') cursor = undefined
      else await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
    }
    if (leading.signal.aborted) cursor = undefined
    publish({ type: 'state', state: { isLive: false, since: Date.now() } })
  }
}

const RETRY_MS = 5_000

async function follow(signal: AbortSignal): Promise<void> {
  const changes = jumun.changes({
    after: cursor,
    signal,
    onState: ({ state: connection }) => {
      if (connection === 'connected' && cursor === undefined) publish({ type: 'resync' })
      const isLive = connection === 'connected'
      if (isLive !== state.isLive) publish({ type: 'state', state: { isLive, since: Date.now() } })
      cursor ??= changes.cursor
    },
  })
  for await (const change of changes) publish(isReset(change) ? { type: 'resync' } : { type: 'change', change })
}

function isReset(change: FollowedChange | ChangesReset): change is ChangesReset {
  return change.type === 'reset'
}

function publish(message: Message): void {
  tell(message)
  receive(message)
}

function tell(message: Message): void {
  channel.postMessage(message)
}

function receive(message: Message): void {
  if (message.type === 'state') {
    state = message.state
    for (const listener of stateListeners) listener()
    return
  }
  if (message.type === 'change') cursor = message.change.cursor
  if (message.type === 'change' || message.type === 'resync') for (const listener of listeners) listener(message)
}
