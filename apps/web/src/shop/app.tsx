import { Route, Switch } from 'wouter'
import { Header } from './components/header.tsx'
import { HomePage } from './pages/home.page.tsx'
import { NotFoundPage } from './pages/not-found.page.tsx'
import { ProductPage } from './pages/product.page.tsx'
import { ProductsPage } from './pages/products.page.tsx'

/** The shop. The API serves its page at these paths: see apps/api/src/http/web/web.ts. */
export function App() {
  return (
    <div className="shop">
      <Header />
      <main id="main" tabIndex={-1}>
        <Switch>
          <Route path="/" component={HomePage} />
          <Route path="/products" component={ProductsPage} />
          <Route path="/product/:productId">{({ productId }) => <ProductPage productId={Number(productId)} />}</Route>
          <Route component={NotFoundPage} />
        </Switch>
      </main>
    </div>
  )
}
