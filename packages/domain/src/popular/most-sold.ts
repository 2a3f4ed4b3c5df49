import type { Sales } from './popular-windows.ts'

/** The quantity sold of one product. */
export interface Sold {
  productId: number
  sold: number
}

/** The `count` most sold products, highest first and ties by the lower id, without sorting all products. */
export function mostSold({ window, changes }: Pick<Sales, 'window' | 'changes'>, count: number): Sold[] {
  let top: Sold[] = []
  let least = 1
  const consider = (productId: number, sold: number) => {
    if (sold < least) return
    top.push({ productId, sold })
    if (top.length < 2 * count) return
    top = top.sort(byRank).slice(0, count)
    least = top.at(-1)?.sold ?? 1
  }
  for (const [productId, sold] of window) consider(productId, sold + (changes.get(productId) ?? 0))
  for (const [productId, sold] of changes) if (!window.has(productId)) consider(productId, sold)
  return top.sort(byRank).slice(0, count)
}

function byRank(a: Sold, b: Sold): number {
  return b.sold - a.sold || a.productId - b.productId
}
