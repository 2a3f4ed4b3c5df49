import { type ComponentType, lazy, Suspense, useEffect, useRef } from 'react'
import { Route, type RouteComponentProps, Switch, useLocation } from 'wouter'
import { m } from '../messages/messages.js'
import type { ShopPath } from '../shared/page-paths.ts'
import { useAnnouncement } from './announce.ts'
import { ErrorBoundary } from './components/error-boundary.tsx'
import { Header } from './components/header.tsx'
import { OrderBanner } from './components/order-banner.tsx'
import { useUnfinishedOrder } from './order/use-unfinished-order.ts'
import { HomePage } from './pages/home.page.tsx'
import { NotFoundPage } from './pages/not-found.page.tsx'
import { ProductPage } from './pages/product.page.tsx'
import { ProductsPage } from './pages/products.page.tsx'

// The first load has the pages that people see first; the others are loaded when they are needed.
const memberPages = () => import('./pages/member-pages.ts')
const CartPage = lazy(async () => ({ default: (await memberPages()).CartPage }))
const CheckoutPage = lazy(async () => ({ default: (await memberPages()).CheckoutPage }))
const OrdersPage = lazy(async () => ({ default: (await memberPages()).OrdersPage }))
const OrderPage = lazy(async () => ({ default: (await memberPages()).OrderPage }))
const PointsPage = lazy(async () => ({ default: (await memberPages()).PointsPage }))
const SignInPage = lazy(async () => ({ default: (await memberPages()).SignInPage }))

/** What is shown at each path. */
const PAGES: Record<ShopPath, ComponentType<RouteComponentProps<{ productId: string; orderId: string }>>> = {
  '/': HomePage,
  '/products': ProductsPage,
  '/product/:productId': ({ params: { productId } }) => <ProductPage key={productId} productId={Number(productId)} />,
  '/cart': CartPage,
  '/checkout': CheckoutPage,
  '/orders': OrdersPage,
  '/order/:orderId': ({ params: { orderId } }) => <OrderPage key={orderId} orderId={orderId} />,
  '/points': PointsPage,
  '/sign-in': SignInPage,
}

/** The shop. */
export function App() {
  useUnfinishedOrder()
  const main = useFocusOfPage()
  const announcement = useAnnouncement()
  return (
    <div className="shop">
      <Header />
      <main id="main" ref={main} tabIndex={-1}>
        <OrderBanner />
        <ErrorBoundary>
          <Suspense fallback={<p className="loading muted">{m.shop_loading()}</p>}>
            <Switch>
              {Object.entries(PAGES).map(([path, Page]) => (
                <Route key={path} path={path} component={Page} />
              ))}
              <Route component={NotFoundPage} />
            </Switch>
          </Suspense>
        </ErrorBoundary>
      </main>
      <p className="visually-hidden" role="status">
        {announcement}
      </p>
    </div>
  )
}

/** After a link within the shop, the new page begins at its top, for the eyes and for the keyboard. */
function useFocusOfPage() {
  const [path] = useLocation()
  const main = useRef<HTMLElement>(null)
  const shown = useRef(path)
  useEffect(() => {
    if (shown.current === path) return
    shown.current = path
    scrollTo(0, 0)
    main.current?.focus({ preventScroll: true })
  }, [path])
  return main
}
