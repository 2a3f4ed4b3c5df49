import { createRouter } from '@tanstack/react-router'
import { auditRoutes } from './audit/routes.ts'
import { deliveryRoutes } from './delivery/routes.ts'
import { membersRoutes } from './members/routes.ts'
import { nowRoutes } from './now/routes.ts'
import { ordersRoutes } from './orders/routes.ts'
import { popularRoutes } from './popular/routes.ts'
import { productsRoutes } from './products/routes.ts'
import { reconcileRoutes } from './reconcile/routes.ts'
import { rootRoute } from './root.route.tsx'
import { systemRoutes } from './system/routes.ts'

/** Every page of the console. An area lists its own pages. */
export const router = createRouter({
  routeTree: rootRoute.addChildren([
    ...nowRoutes,
    ...ordersRoutes,
    ...membersRoutes,
    ...productsRoutes,
    ...deliveryRoutes,
    ...reconcileRoutes,
    ...auditRoutes,
    ...popularRoutes,
    ...systemRoutes,
  ]),
  basepath: '/console',
  scrollRestoration: true,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
