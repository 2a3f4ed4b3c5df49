import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { rootRoute } from '../root.route.tsx'

export const reconcileRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/reconcile',
    component: lazyRouteComponent(() => import('./reconcile.page.tsx'), 'ReconcilePage'),
  }),
] as const
