/** The pages of members and the code of the order, in one file: who opens one page soon opens the next, and many small files are slower. */
export { orderFlow } from '../order/order-client.ts'
export { CartPage } from './cart.page.tsx'
export { CheckoutPage } from './checkout.page.tsx'
export { OrderPage } from './order.page.tsx'
export { OrdersPage } from './orders.page.tsx'
export { PointsPage } from './points.page.tsx'
export { SignInPage } from './sign-in.page.tsx'
