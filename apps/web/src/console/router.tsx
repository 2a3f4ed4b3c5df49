import { createRouter } from '@tanstack/react-router'
import { membersRoutes } from './members/routes.ts'
import { nowRoutes } from './now/routes.ts'
import { ordersRoutes } from './orders/routes.ts'
import { productsRoutes } from './products/routes.ts'
import { rootRoute } from './root.route.tsx'

/** Every page of the console. An area lists its own pages. */
export const router = createRouter({
  routeTree: rootRoute.addChildren([...nowRoutes, ...ordersRoutes, ...membersRoutes, ...productsRoutes]),
  basepath: '/console',
  scrollRestoration: true,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
