import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { useLocation } from 'wouter'
import { useMember } from '../member.ts'
import { useOrderState } from './order-state.ts'
import { orderOfTab, orderStorageOfBrowser } from './order-storage-of-browser.ts'

/** Goes on with an order that an earlier page has not finished, and shows the order once it is placed. */
export function useUnfinishedOrder(): void {
  const memberId = useMember()
  const queries = useQueryClient()
  const state = useOrderState()
  const [path, navigate] = useLocation()
  useEffect(() => {
    if (!memberId || !(orderStorageOfBrowser.unfinished(memberId) || orderOfTab.key())) return
    void import('../pages/member-pages.ts').then(({ orderFlow }) => orderFlow.resume(memberId))
  }, [memberId])

  const placed = state.step === 'placed' ? state.orderId : undefined
  useEffect(() => {
    if (placed && path === '/checkout') navigate(`/order/${placed}`, { replace: true })
  }, [placed, path, navigate])

  // An order that another tab has placed has emptied the cart that this one shows.
  useEffect(() => {
    const read = ({ key }: StorageEvent) => {
      if (key?.startsWith('jumun-order-outcome:')) void queries.invalidateQueries({ queryKey: ['cart'] })
    }
    addEventListener('storage', read)
    return () => removeEventListener('storage', read)
  }, [queries])
}
