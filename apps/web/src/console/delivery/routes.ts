import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { rootRoute } from '../root.route.tsx'
import { parseDeliverySearch } from './delivery-search.ts'

export const deliveryRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/delivery',
    validateSearch: parseDeliverySearch,
    component: lazyRouteComponent(() => import('./delivery.page.tsx'), 'DeliveryPage'),
  }),
] as const
