import type { JumunOutputs } from '@jumun/client'
import { jumun } from '../shared/jumun.ts'
import { takePageData } from '../shared/page-data.ts'
import { learnStock } from '../shared/stock.ts'

/** What the shop reads, as options of `useQuery`. */
export const queries = {
  popular: {
    queryKey: ['products', 'popular'],
    queryFn: async () => {
      const popular = await jumun.popular.products.query({})
      learnStock(popular.items.map(({ productId, stock }) => ({ id: productId, stock })))
      return popular
    },
    initialData: () => takePageData<JumunOutputs['popular']['products']>('popular.products'),
  },
  product: (productId: number) => ({
    queryKey: ['products', productId],
    queryFn: async () => {
      const product = await jumun.product.byId.query({ productId })
      learnStock([product])
      return product
    },
  }),
}
