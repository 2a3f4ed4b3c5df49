/** The pages of those who buy, and the order itself, loaded together: who opens one soon opens the next, and small files of their own would be slower. */
export { orderFlow } from '../order/order-client.ts'
export { CartPage } from './cart.page.tsx'
export { CheckoutPage } from './checkout.page.tsx'
export { OrderPage } from './order.page.tsx'
export { OrdersPage } from './orders.page.tsx'
export { PointsPage } from './points.page.tsx'
export { SignInPage } from './sign-in.page.tsx'
