import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { rootRoute } from '../root.route.tsx'

export const systemRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/system',
    component: lazyRouteComponent(() => import('./system.page.tsx'), 'SystemPage'),
  }),
] as const
