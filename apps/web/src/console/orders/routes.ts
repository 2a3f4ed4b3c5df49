import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { rootRoute } from '../root.route.tsx'

export const ordersRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/orders',
    component: lazyRouteComponent(() => import('./orders.page.tsx'), 'OrdersPage'),
  }),
] as const
