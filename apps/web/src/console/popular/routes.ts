import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { rootRoute } from '../root.route.tsx'
import { parsePopularSearch } from './popular-search.ts'

export const popularRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/popular',
    validateSearch: parsePopularSearch,
    component: lazyRouteComponent(() => import('./popular.page.tsx'), 'PopularPage'),
  }),
] as const
