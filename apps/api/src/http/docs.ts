import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import { openApiDocument } from '../openapi/document.ts'
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

const start = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#reference',
  deepLinking: true,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  validatorUrl: null,
})
`

/** Serves the OpenAPI document at /openapi.json and a browsable reference at /docs. */
export async function docsRoutes(server: FastifyInstance): Promise<void> {
  const document = JSON.stringify(openApiDocument())
  server.get('/openapi.json', (_request, reply) => reply.type('application/json').send(document))
  server.get('/docs', (_request, reply) => reply.headers(PAGE_HEADERS).type('text/html').send(page))
  server.get('/docs/start.js', (_request, reply) => reply.type('text/javascript').send(start))
  await server.register(fastifyStatic, {
    root: dirname(fileURLToPath(import.meta.resolve('swagger-ui-dist/swagger-ui.css'))),
    serve: false,
    acceptRanges: false,
  })
  for (const asset of ASSETS) server.get(`/docs/${asset}`, (_request, reply) => reply.sendFile(asset))
}
