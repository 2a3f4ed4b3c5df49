import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'

/** Links to the page of a product. */
export function ProductLink({ productId, children }: { productId: number; children: ReactNode }) {
  // The route is that of another area, and its types need not be known here.
  return <Link to={`/products/${productId}` as '/'}>{children}</Link>
}
