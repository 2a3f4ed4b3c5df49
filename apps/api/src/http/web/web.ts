import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Services } from '../../services.ts'
import { WEB_PAGE_HEADERS } from '../security-headers.ts'
import { type SignInOptions, sessionOfPage } from '../session.ts'
import { firstProducts } from './first-products.ts'
import { readPages } from './pages.ts'
import { readPreferences } from './preferences.ts'

/** Where `apps/web` builds the shop and the console. */
const WEB_DIST = resolve(import.meta.dirname, '../../../../web/dist')

interface Options {
  services: Services
  signIn: SignInOptions
}

/** The paths of the shop's pages; `src/shop/app.tsx` of the web app shows them. */
const SHOP_PATHS = [
  '/',
  '/products',
  '/product/:productId',
  '/cart',
  '/checkout',
  '/orders',
  '/order/:orderId',
  '/points',
  '/sign-in',
]

const CONSOLE_PATHS = ['/console', '/console/*']

/** Names contain a hash of the content. */
const ASSET_MAX_AGE = '365d'

/** The pages that show products at once. */
const PATHS_WITH_PRODUCTS = ['/', '/products']

/** Serves the shop at / and the console at /console. Where they are not built, / says how to build them. */
export async function webRoutes(server: FastifyInstance, options: Options): Promise<void> {
  const { services } = options
  if (!existsSync(join(WEB_DIST, '.stamp'))) return notBuilt(server)
  const pages = await readPages(WEB_DIST)
  const readProducts = firstProducts(services)
  const send = (app: 'shop' | 'console') => async (request: FastifyRequest, reply: FastifyReply) => {
    const { url = '' } = request.routeOptions
    const isOfProducts = PATHS_WITH_PRODUCTS.includes(url) && Object.keys(request.query as object).length === 0
    const [products, session] = await Promise.all([isOfProducts ? readProducts() : {}, sessionOfPage(request, options)])
    const data = { ...products, session }
    reply.headers(WEB_PAGE_HEADERS).type('text/html; charset=utf-8')
    return reply.send(pages.render(app, { ...readPreferences(request.headers), data }))
  }
  for (const path of SHOP_PATHS) server.get(path, send('shop'))
  for (const path of CONSOLE_PATHS) server.get(path, send('console'))
  await server.register(fastifyStatic, {
    root: join(WEB_DIST, 'assets'),
    prefix: '/assets/',
    preCompressed: true,
    immutable: true,
    maxAge: ASSET_MAX_AGE,
    acceptRanges: false,
  })
  server.get('/icon.svg', (_request, reply) => reply.sendFile('icon.svg', WEB_DIST))
}

function notBuilt(server: FastifyInstance): void {
  const text =
    'The shop and the console are not built. Build them with: npm run web\nThe reference of the API is at /docs\n'
  for (const path of ['/', ...CONSOLE_PATHS]) server.get(path, (_request, reply) => reply.type('text/plain').send(text))
}
