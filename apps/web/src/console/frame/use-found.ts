import type { Order } from '@jumun/client'
import { MEMBER_ID_PATTERN } from '@jumun/contract/limits'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { m } from '../../messages/messages.js'
import { formatMoney } from '../../shared/format.ts'
import { jumun } from '../../shared/jumun.ts'
import { orderStatusLabel } from '../components/badge.tsx'
import { type PageAction, useOfferedActions } from './actions.ts'
import { PAGES } from './pages.ts'

/** Something that the palette offers. */
export interface FoundItem {
  id: string
  label: string
  note?: string | undefined
  run: () => void
}

export interface FoundSection {
  value: string
  items: FoundItem[]
}

const TYPING_MS = 150
const MAX_FOUND = 5

/** What fits to a text: of the shop as the server finds it, and pages and actions by their names. */
export function useFound(text: string): { sections: FoundSection[]; isSearching: boolean } {
  const navigate = useNavigate()
  const actions = useOfferedActions().filter(({ isHidden }) => !isHidden)
  const wanted = useDebounced(text.trim())
  const { data, isFetching } = useQuery({
    queryKey: ['palette', wanted],
    queryFn: ({ signal }) => search(wanted, signal),
    enabled: wanted !== '',
    placeholderData: keepPreviousData,
  })
  const has = (label: string) => label.toLocaleLowerCase().includes(text.trim().toLocaleLowerCase())
  const found = wanted === '' || text.trim() === '' ? undefined : data
  const sections = [
    {
      value: m.orders(),
      items: (found?.orders ?? []).map((order) =>
        toItem(`order ${order.id}`, order.id, describe(order), () =>
          navigate({ to: '/orders/$orderId', params: { orderId: order.id } }),
        ),
      ),
    },
    {
      value: m.nav_members(),
      items: (found?.members ?? []).map(({ memberId, balance }) =>
        toItem(`member ${memberId}`, memberId, formatMoney(balance), () =>
          navigate({ to: '/members/$memberId', params: { memberId } }),
        ),
      ),
    },
    {
      value: m.products(),
      items: (found?.products ?? []).map(({ id, name, price }) =>
        // The page of products has a search of its own.
        toItem(`product ${id}`, name, `#${id} · ${formatMoney(price)}`, () =>
          navigate({ href: `/console/products?search=${encodeURIComponent(name)}` }),
        ),
      ),
    },
    { value: m.palette_actions(), items: actions.filter(({ label }) => has(label)).map(actionItem) },
    {
      value: m.palette_pages(),
      items: PAGES.filter(({ label }) => has(label())).map(({ to, label, key }) =>
        toItem(`page ${to}`, label(), `g ${key}`, () => navigate({ to })),
      ),
    },
  ]
  return {
    sections: sections.filter(({ items }) => items.length > 0),
    isSearching: isFetching || wanted !== text.trim(),
  }
}

function toItem(id: string, label: string, note: string | undefined, run: () => void): FoundItem {
  return { id, label, note, run }
}

function actionItem({ id, label, key, run }: PageAction): FoundItem {
  return toItem(`action ${id}`, label, key, run)
}

function describe({ memberId, status, total }: Order): string {
  return `${memberId} · ${orderStatusLabel(status)} · ${formatMoney(total)}`
}

async function search(text: string, signal: AbortSignal) {
  const isId = MEMBER_ID_PATTERN.test(text)
  const [orders, members, products] = await Promise.all([
    isId ? jumun.admin.orders.query({ text, limit: MAX_FOUND }, { signal }) : undefined,
    isId ? jumun.admin.members.query({ prefix: text, limit: MAX_FOUND }, { signal }) : undefined,
    jumun.admin.products.query({ search: text, limit: MAX_FOUND }, { signal }),
  ])
  return { orders: orders?.items ?? [], members: members?.items ?? [], products: products.items }
}

function useDebounced(text: string): string {
  const [settled, setSettled] = useState(text)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), TYPING_MS)
    return () => clearTimeout(timer)
  }, [text])
  return settled
}
