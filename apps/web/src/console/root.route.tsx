import { createRootRoute } from '@tanstack/react-router'
import { Layout } from './layout.tsx'
import { NotFoundPage } from './not-found.page.tsx'

/** The frame of every page. */
export const rootRoute = createRootRoute({ component: Layout, notFoundComponent: NotFoundPage })
