import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { rootRoute } from '../root.route.tsx'
import { parseProductSearch } from './product-search.ts'

export const productsRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/products',
    validateSearch: parseProductSearch,
    component: lazyRouteComponent(() => import('./products.page.tsx'), 'ProductsPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/products/import',
    component: lazyRouteComponent(() => import('./import/import.page.tsx'), 'ImportPage'),
  }),
] as const
