import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Services } from '../../services.ts'
import { isNavigation, mayHavePage, pathOf } from '../navigation.ts'
import { WEB_PAGE_HEADERS } from '../security-headers.ts'
import { firstProducts } from './first-products.ts'
import { readPages } from './pages.ts'
import { type Preferences, readPreferences } from './preferences.ts'

/** Where `apps/web` builds the shop and the console. */
export const WEB_DIST = resolve(import.meta.dirname, '../../../../web/dist')

/** Names contain a hash of the content. */
const ASSET_MAX_AGE = '365d'

/** The pages that show products at once. */
const PATHS_WITH_PRODUCTS = ['/', '/products']

interface WebOptions {
  services: Services
  /** The answer of `GET /session` that a page begins with; undefined if the browser may have a session that it has not sent. */
  readSession: (request: FastifyRequest, reply: FastifyReply) => Promise<object | undefined>
  /** Where the apps are built. */
  folder?: string
}

/** The shop and the console. */
export interface Web {
  /** Serves the shop at / and the console at /console. */
  routes(server: FastifyInstance): Promise<void>
  /** Answers a browser that navigates to an unknown path with the page that says so. Undefined for other requests. */
  notFound(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> | undefined
}

/** Reads the shop and the console; undefined if they are not built. */
export async function readWeb({ services, readSession, folder = WEB_DIST }: WebOptions): Promise<Web | undefined> {
  if (!existsSync(join(folder, '.stamp'))) return undefined
  const pages = await readPages(folder)
  const readBuilt = async (file: string) => JSON.parse(await readFile(join(folder, file), 'utf8'))
  const paths: Record<'shop' | 'console', string[]> = await readBuilt('page-paths.json')
  const intros: Record<Preferences['language'], Record<string, string>> = await readBuilt('page-intros.json')
  const readProducts = firstProducts(services)
  const send = async (app: 'shop' | 'console', request: FastifyRequest, reply: FastifyReply) => {
    const path = app === 'shop' && Object.keys(request.query as object).length === 0 ? pathOf(request) : ''
    const [session, products] = await Promise.all([
      readSession(request, reply),
      PATHS_WITH_PRODUCTS.includes(path) ? readProducts() : {},
    ])
    reply.headers(WEB_PAGE_HEADERS).type('text/html; charset=utf-8')
    const preferences = readPreferences(request.headers)
    const data = { ...(session && { session }), ...products }
    return reply.send(pages.render(app, { ...preferences, data, intro: intros[preferences.language][path] }))
  }
  return {
    async routes(server) {
      for (const path of paths.shop) server.get(path, (request, reply) => send('shop', request, reply))
      for (const path of paths.console.flatMap((path) => (path === '/' ? ['', '/'] : [path])))
        server.get(`/console${path}`, (request, reply) => send('console', request, reply))
      await serveAssets(server, folder)
    },
    notFound(request, reply) {
      const path = pathOf(request)
      if (!isNavigation(request) || !mayHavePage(path)) return undefined
      return send(/^\/console(?:\/|$)/.test(path) ? 'console' : 'shop', request, reply.code(404))
    },
  }
}

async function serveAssets(server: FastifyInstance, folder: string): Promise<void> {
  await server.register(fastifyStatic, {
    root: join(folder, 'assets'),
    prefix: '/assets/',
    preCompressed: true,
    immutable: true,
    maxAge: ASSET_MAX_AGE,
    acceptRanges: false,
  })
  server.get('/icon.svg', (_request, reply) => reply.sendFile('icon.svg', folder))
}

/** Serves, in place of the shop and the console, how to build them. */
export async function notBuiltRoutes(server: FastifyInstance): Promise<void> {
  const text =
    'The shop and the console are not built. Build them with: npm run web\nThe reference of the API is at /docs\n'
  for (const path of ['/', '/console', '/console/*'])
    server.get(path, (_request, reply) => reply.type('text/plain').send(text))
}
