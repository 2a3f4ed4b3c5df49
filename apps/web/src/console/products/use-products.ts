import type { AdminProduct, Product } from '@jumun/client'
import { PAGE_MAX_LIMIT } from '@jumun/contract/limits'
import { useCallback, useEffect, useRef, useState } from 'react'
import { jumun } from '../../shared/jumun.ts'
import { onLiveEvent } from '../../shared/live.ts'
import { stockReader } from '../../shared/stock.ts'
import type { ProductFilter } from './product-search.ts'

/** How long changes are collected before they are shown. */
const SHOW_INTERVAL_MS = 250

interface Found {
  /** In the order of their ids. */
  products: readonly AdminProduct[]
  nextCursor: string | null
  isReading: boolean
  error?: unknown
}

const NOTHING: Found = { products: [], nextCursor: null, isReading: true }

/**
 * The products that a filter finds, page by page. Not a query of react-query, which would read all pages again whenever one of them may
 * be out of date: here the feed keeps the pages up to date.
 */
export function useProducts({ search, maxStock, removed }: ProductFilter) {
  const [found, setFound] = useState(NOTHING)
  const latest = useRef(found)
  latest.current = found
  const life = useRef(new AbortController())
  /** Changes from the feed while a page is being read. They may be newer than the page. */
  const meanwhile = useRef(new Map<number, Partial<AdminProduct>>())

  const read = useCallback(
    async (cursor: string | undefined) => {
      const { signal } = life.current
      meanwhile.current = new Map()
      const learnStock = stockReader()
      setFound(({ error: _error, ...before }) => ({ ...before, isReading: true }))
      try {
        const page = await jumun.admin.products.query(
          { search, maxStock, removed, cursor, limit: PAGE_MAX_LIMIT },
          { signal },
        )
        if (signal.aborted) return
        learnStock(page.items)
        const items = changeProducts(page.items, meanwhile.current)
        setFound(({ products }) => ({
          products: cursor === undefined ? items : [...products, ...items],
          nextCursor: page.nextCursor,
          isReading: false,
        }))
      } catch (error) {
        if (!signal.aborted) setFound((before) => ({ ...before, isReading: false, error }))
      }
    },
    [search, maxStock, removed],
  )

  const restart = useCallback(() => {
    life.current.abort()
    life.current = new AbortController()
    void read(undefined)
  }, [read])

  useEffect(() => {
    restart()
    return () => life.current.abort()
  }, [restart])

  const patch = useCallback((changed: ReadonlyMap<number, Partial<AdminProduct>>) => {
    for (const [id, change] of changed) meanwhile.current.set(id, { ...meanwhile.current.get(id), ...change })
    setFound((before) => {
      const products = changeProducts(before.products, changed)
      return products === before.products ? before : { ...before, products }
    })
  }, [])
  useFollowProducts(patch, restart)

  const readMore = useCallback(() => {
    const { nextCursor, isReading, error } = latest.current
    if (nextCursor !== null && !isReading && error === undefined) void read(nextCursor)
  }, [read])
  const retry = useCallback(() => void read(latest.current.nextCursor ?? undefined), [read])
  const take = useCallback((product: Product) => patch(new Map([[product.id, product]])), [patch])
  const markRemoved = useCallback(
    (id: number) => patch(new Map([[id, { removedAt: new Date().toISOString() }]])),
    [patch],
  )
  return { ...found, readMore, retry, take, markRemoved }
}

/** The same array where nothing changes, and the same products, so that only rows that change are drawn. */
function changeProducts(
  products: readonly AdminProduct[],
  changed: ReadonlyMap<number, Partial<AdminProduct>>,
): readonly AdminProduct[] {
  if (!products.some(({ id }) => changed.has(id))) return products
  return products.map((one) => {
    const change = changed.get(one.id)
    return change ? { ...one, ...change } : one
  })
}

/** Reports changes from the feed, at most a few times a second, and when everything must be read again. */
function useFollowProducts(
  patch: (changed: ReadonlyMap<number, Partial<AdminProduct>>) => void,
  restart: () => void,
): void {
  useEffect(() => {
    let changed = new Map<number, Partial<AdminProduct>>()
    let timer: ReturnType<typeof setTimeout> | undefined
    const show = () => {
      timer = undefined
      patch(changed)
      changed = new Map()
    }
    const stop = onLiveEvent((event) => {
      if (event.type === 'resync') return restart()
      const { change } = event
      if (change.type === 'product.updated') changed.set(change.data.product.id, change.data.product)
      else if (change.type === 'product.removed') changed.set(change.data.productId, { removedAt: change.at })
      else return
      timer ??= setTimeout(show, SHOW_INTERVAL_MS)
    })
    return () => {
      stop()
      clearTimeout(timer)
    }
  }, [patch, restart])
}
