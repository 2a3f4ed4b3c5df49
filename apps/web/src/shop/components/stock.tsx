import { useEffect, useRef, useSyncExternalStore } from 'react'
import { m } from '../../messages/messages.js'
import { formatNumber } from '../../shared/format.ts'
import { liveState } from '../../shared/live.ts'
import { useStock } from '../../shared/stock.ts'
import { announce } from '../announce.ts'
import { formatAge } from '../time.ts'
import { useNow } from '../use-page.ts'

/** At this stock or less, a product is shown as nearly sold out. */
const LOW = 5

/** A page that has just loaded, or whose stream is renewed, is not disconnected yet. */
const GRACE_MS = 5_000
const CLOCK_MS = 5_000

type Level = 'plenty' | 'low' | 'gone'

interface StockOf {
  productId: number
  name: string
  /** The stock that was read; a newer one from the feed replaces it. */
  stock: number
}

/** The live stock of a product. While nothing is heard of the shop, it is greyed, with its age. */
export function Stock({ productId, stock: read }: Omit<StockOf, 'name'>) {
  const stock = useStock(productId, read)
  const ageMs = useAge()
  const text = stock === 0 ? m.shop_sold_out() : m.shop_in_stock({ count: formatNumber(stock) })
  return (
    <span className="stock" data-level={ageMs === undefined ? levelOf(stock) : 'stale'}>
      {text}
      {ageMs !== undefined && <span className="stock-age"> · {formatAge(ageMs)}</span>}
    </span>
  )
}

/** Tells screen readers when the product runs low, is gone or is back, and nothing in between. */
export function useSpokenStock({ productId, name, stock: read }: StockOf): number {
  const stock = useStock(productId, read)
  const level = levelOf(stock)
  const last = useRef({ productId, level })
  useEffect(() => {
    const before = last.current
    last.current = { productId, level }
    if (before.productId !== productId || before.level === level || name === '') return
    if (level === 'gone') announce(m.shop_stock_gone({ name }))
    else if (before.level === 'gone') announce(m.shop_stock_back({ name, count: formatNumber(stock) }))
    else if (level === 'low') announce(m.shop_stock_low({ name, count: formatNumber(stock) }))
  }, [productId, level, name, stock])
  return stock
}

function levelOf(stock: number): Level {
  if (stock === 0) return 'gone'
  return stock <= LOW ? 'low' : 'plenty'
}

/** How long nothing has been heard of the shop, in milliseconds; undefined while its changes arrive. */
function useAge(): number | undefined {
  const { isLive, since } = useSyncExternalStore(liveState.subscribe, liveState.get)
  const now = useNow(CLOCK_MS)
  return isLive || now - since < GRACE_MS ? undefined : now - since
}
