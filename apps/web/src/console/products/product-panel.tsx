import type { AdminProduct, StockAdjustment } from '@jumun/client'
import { isJumunError } from '@jumun/client'
import { useInfiniteQuery, useMutation } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { m } from '../../messages/messages.js'
import { formatNumber } from '../../shared/format.ts'
import { jumun } from '../../shared/jumun.ts'
import { useStock } from '../../shared/stock.ts'
import { Time } from '../../shared/time.tsx'
import { ConfirmDialog } from '../components/confirm-dialog.tsx'
import { ErrorState, Loading } from '../components/states.tsx'
import { notify } from '../components/toasts.tsx'
import { without } from './draft.ts'
import { changeDraft } from './draft-store.ts'

const PAGE_SIZE = 20

interface ProductPanelProps {
  product: AdminProduct
  onRemoved: (id: number) => void
  onClose: () => void
}

/** Beside the grid: how operators changed the stock of a product, and the way to take it off sale. */
export function ProductPanel({ product, onRemoved, onClose }: ProductPanelProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  const [isAsking, setAsking] = useState(false)
  useEffect(() => heading.current?.focus(), [])
  return (
    <aside
      className="card product-panel"
      aria-label={m.products_details_of({ name: product.name })}
      onKeyDown={({ key }) => key === 'Escape' && !isAsking && onClose()}
    >
      <div className="modal-head">
        <h2 ref={heading} tabIndex={-1}>
          {product.name}
        </h2>
        <button type="button" className="button button-quiet button-small" aria-label={m.close()} onClick={onClose}>
          ✕
        </button>
      </div>
      <h3>{m.products_adjustments()}</h3>
      <Adjustments product={product} />
      {product.removedAt === null ? (
        <button type="button" className="button button-small button-danger" onClick={() => setAsking(true)}>
          {m.products_remove()}
        </button>
      ) : (
        <p className="muted">
          {m.products_removed()} · <Time at={product.removedAt} />
        </p>
      )}
      {isAsking && <RemoveProduct product={product} onRemoved={onRemoved} onClose={() => setAsking(false)} />}
    </aside>
  )
}

function Adjustments({ product: { id, stock: read } }: { product: AdminProduct }) {
  // Read again when the stock has changed.
  const stock = useStock(id, read)
  const found = useInfiniteQuery({
    queryKey: ['products', 'adjustments', id, stock],
    queryFn: ({ pageParam: cursor, signal }) =>
      jumun.product.adjustments.query({ productId: id, cursor, limit: PAGE_SIZE }, { signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
  })
  const entries = found.data?.pages.flatMap(({ items }) => items) ?? []
  if (found.isPending) return <Loading rows={2} />
  if (found.isError) return <ErrorState error={found.error} onRetry={() => void found.refetch()} />
  if (entries.length === 0) return <p className="muted">{m.products_no_adjustments()}</p>
  return (
    <>
      <ul className="adjustments">
        {entries.map((entry) => (
          <Adjustment key={entry.id} entry={entry} />
        ))}
      </ul>
      {found.hasNextPage && (
        <button
          type="button"
          className="button button-small"
          disabled={found.isFetching}
          onClick={() => void found.fetchNextPage()}
        >
          {m.products_older()}
        </button>
      )}
    </>
  )
}

function Adjustment({ entry: { delta, stockAfter, actor, reason, createdAt } }: { entry: StockAdjustment }) {
  return (
    <li>
      <strong
        className={delta < 0 ? 'bad-text' : 'good-text'}
      >{`${delta > 0 ? '+' : ''}${formatNumber(delta)}`}</strong>{' '}
      → {formatNumber(stockAfter)}
      {reason && <p className="step-reason">{reason}</p>}
      <p className="muted small">
        {actor} · <Time at={createdAt} />
      </p>
    </li>
  )
}

function RemoveProduct({ product, onRemoved, onClose }: ProductPanelProps) {
  const removal = useMutation({
    mutationFn: () => remove(product.id),
    onSuccess: () => {
      notify(m.products_was_removed({ name: product.name }))
      changeDraft((draft) => without(draft, product.id))
      onRemoved(product.id)
      onClose()
    },
  })
  return (
    <ConfirmDialog
      title={m.products_remove_question({ name: product.name })}
      description={m.products_remove_means()}
      confirmLabel={removal.isPending ? m.working() : m.products_remove()}
      isDangerous
      isBusy={removal.isPending}
      onConfirm={() => removal.mutate()}
      onClose={onClose}
    >
      {removal.isError && <ErrorState error={removal.error} />}
    </ConfirmDialog>
  )
}

/** Removes a product. Succeeds also if it is removed already, by someone else or by an earlier attempt whose reply was lost. */
async function remove(productId: number): Promise<void> {
  try {
    await jumun.product.remove.mutate({ productId })
  } catch (error) {
    if (!isJumunError(error, 'PRODUCT_NOT_FOUND')) throw error
  }
}
