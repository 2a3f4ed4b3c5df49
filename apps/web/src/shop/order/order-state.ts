import { useSyncExternalStore } from 'react'
import type { OrderState } from './order-flow.ts'

/** Where the order of this page stands. Apart from the flow itself, which is loaded when there is an order. */
let state: OrderState = { step: 'idle' }
const listeners = new Set<() => void>()

export const orderState = {
  get: (): OrderState => state,
  subscribe(listener: () => void): () => void {
    listeners.add(listener)
    return () => listeners.delete(listener)
  },
  show(shown: OrderState): void {
    state = shown
    for (const listener of listeners) listener()
  },
}

/** Where the order of this page stands. */
export function useOrderState(): OrderState {
  return useSyncExternalStore(orderState.subscribe, orderState.get)
}
