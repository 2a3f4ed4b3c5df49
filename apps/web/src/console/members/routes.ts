import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { rootRoute } from '../root.route.tsx'
import { parseMembersSearch } from './members-search.ts'

export const membersRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/members',
    validateSearch: parseMembersSearch,
    component: lazyRouteComponent(() => import('./members.page.tsx'), 'MembersPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/members/$memberId',
    component: lazyRouteComponent(() => import('./member.page.tsx'), 'MemberPage'),
  }),
] as const
