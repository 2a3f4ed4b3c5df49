import type { AdminProduct } from '@jumun/client'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useState } from 'react'
import { m } from '../../messages/messages.js'
import { formatNumber } from '../../shared/format.ts'
import { EmptyState, ErrorState, Loading } from '../components/states.tsx'
import { PageHead } from '../components/toolbar.tsx'
import { ProductFilters } from './product-filters.tsx'
import { ProductGrid } from './product-grid.tsx'
import { ProductPanel } from './product-panel.tsx'
import { SaveBar } from './save-bar.tsx'
import { useProducts } from './use-products.ts'
import '../styles/products.css'

/** All products, edited in place. */
export function ProductsPage() {
  const search = useSearch({ from: '/products' })
  const navigate = useNavigate()
  const found = useProducts(search)
  const [opened, setOpened] = useState<number>()
  const open = useCallback(({ id }: AdminProduct) => setOpened(id), [])
  const close = useCallback(() => {
    setOpened(undefined)
    // Focus goes back to the cell that has opened the panel.
    setTimeout(() => document.querySelector<HTMLElement>('.product-grid [tabindex="0"]')?.focus())
  }, [])
  const product = found.products.find(({ id }) => id === opened)
  const isEmpty = found.products.length === 0
  return (
    <>
      <PageHead
        title={m.products()}
        note={
          !isEmpty && (
            <span role="status">
              {m.products_count({
                count: `${formatNumber(found.products.length)}${found.nextCursor === null ? '' : '+'}`,
              })}
            </span>
          )
        }
      >
        <Link to="/products/import" className="button button-small">
          {m.products_import()}
        </Link>
      </PageHead>
      <ProductFilters
        search={search}
        onChange={(next) => void navigate({ to: '/products', search: next, replace: true })}
      />
      <p className="muted small only-wide">{m.products_how_to_edit()}</p>
      {found.error !== undefined && <ErrorState error={found.error} onRetry={found.retry} />}
      {isEmpty && found.isReading && <Loading rows={12} />}
      {isEmpty && !found.isReading && found.error === undefined && (
        <NoProducts isFiltered={Object.keys(search).length > 0} />
      )}
      {!isEmpty && (
        <div className={product ? 'products-body has-panel' : 'products-body'}>
          <ProductGrid
            products={found.products}
            onEndReached={found.readMore}
            isReading={found.isReading}
            onOpen={open}
          />
          {product && <ProductPanel key={product.id} product={product} onRemoved={found.markRemoved} onClose={close} />}
        </div>
      )}
      <SaveBar onSaved={found.take} />
    </>
  )
}

function NoProducts({ isFiltered }: { isFiltered: boolean }) {
  return (
    <EmptyState title={isFiltered ? m.products_none_match() : m.products_none()}>
      {isFiltered ? (
        <Link to="/products" search={{}}>
          {m.clear_filters()}
        </Link>
      ) : (
        <Link to="/products/import">{m.products_import()}</Link>
      )}
    </EmptyState>
  )
}
