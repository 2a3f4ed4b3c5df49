import { JumunError } from '@jumun/client'
import { useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { jumun } from '../shared/jumun.ts'

/** How the last charge went. `unknown`: its reply was lost, and the same charge may be asked for again. */
type ChargeState = 'idle' | 'charging' | 'charged' | 'unknown' | 'refused'

/** Charges a member's points. A charge whose outcome is unknown keeps its key: asked for again, it is made once. */
export function useCharge(memberId: string) {
  const queries = useQueryClient()
  const [state, setState] = useState<ChargeState>('idle')
  const open = useRef<{ amount: number; idempotencyKey: string }>(undefined)

  async function charge(wanted: number): Promise<boolean> {
    if (state === 'charging') return false
    open.current ??= { amount: wanted, idempotencyKey: crypto.getRandomValues(new Uint32Array(4)).join('-') }
    setState('charging')
    try {
      const balance = await jumun.point.charge.mutate({ memberId, ...open.current })
      queries.setQueryData(['points', memberId, 'balance'], balance)
      void queries.invalidateQueries({ queryKey: ['points', memberId] })
      open.current = undefined
      setState('charged')
      return true
    } catch (error) {
      const isUnknown = !(error instanceof JumunError) || error.isOutcomeUnknown
      if (!isUnknown) open.current = undefined
      setState(isUnknown ? 'unknown' : 'refused')
      return false
    }
  }
  /** The amount of a charge whose outcome is unknown: another one may not be asked for before. */
  return { state, charge, openAmount: state === 'unknown' ? open.current?.amount : undefined }
}
