import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import { PAGE_HEADERS } from './security-headers.ts'

const ASSETS = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png']

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Jumun API</title>
    <link rel="icon" href="/docs/favicon-32x32.png">
    <link rel="stylesheet" href="/docs/swagger-ui.css">
  </head>
  <body>
    <div id="reference"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`

/**
 * Keeps the token in the session storage, which lasts as long as the tab. Swagger UI's `persistAuthorization` would keep it in
 * the local storage, for every tab and without an end.
 */
const start = `const KEY = 'token'
const keepToken = () => ({
  statePlugins: {
    auth: {
      wrapActions: {
        authorize: (authorize) => (credentials) => {
          sessionStorage.setItem(KEY, credentials.bearer.value)
          return authorize(credentials)
        },
        logout: (logout) => (names) => {
          sessionStorage.removeItem(KEY)
          return logout(names)
        },
      },
    },
  },
})
const ui = SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#reference',
  deepLinking: true,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  validatorUrl: null,
  plugins: [keepToken],
  onComplete() {
    const token = sessionStorage.getItem(KEY)
    if (token !== null) ui.preauthorizeApiKey('bearer', token)
  },
})
`

/** Made by the first request for it, because making it takes a quarter of the time of a start. */
let document: string | undefined

async function readDocument(): Promise<string> {
  const { openApiDocument } = await import('../openapi/document.ts')
  document ??= JSON.stringify(openApiDocument())
  return document
}

/** Serves the OpenAPI document at /openapi.json and a browsable reference at /docs. */
export async function docsRoutes(server: FastifyInstance): Promise<void> {
  server.get('/openapi.json', async (_request, reply) => reply.type('application/json').send(await readDocument()))
  for (const path of ['/docs', '/docs/']) {
    server.get(path, (_request, reply) => reply.headers(PAGE_HEADERS).type('text/html').send(page))
  }
  server.get('/docs/start.js', (_request, reply) => reply.type('text/javascript').send(start))
  await server.register(fastifyStatic, {
    root: dirname(fileURLToPath(import.meta.resolve('swagger-ui-dist/swagger-ui.css'))),
    serve: false,
    acceptRanges: false,
  })
  for (const asset of ASSETS) server.get(`/docs/${asset}`, (_request, reply) => reply.sendFile(asset))
}
