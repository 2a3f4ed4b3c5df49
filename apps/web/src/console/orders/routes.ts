import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { rootRoute } from '../root.route.tsx'
import { parseOrderSearch } from './order-search.ts'

export const ordersRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/orders',
    validateSearch: parseOrderSearch,
    component: lazyRouteComponent(() => import('./orders.page.tsx'), 'OrdersPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/orders/$orderId',
    component: lazyRouteComponent(() => import('./order.page.tsx'), 'OrderPage'),
  }),
] as const
