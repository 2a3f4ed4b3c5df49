import { useApi } from '@jumun/test-kit/api'
import { expect, test } from 'vitest'

const api = useApi()

test('the reference page loads only files of this server, and all of them exist', async () => {
  const response = await fetch(`${api.url}/docs`)
  const page = await response.text()
  expect(response.headers.get('content-security-policy')).toContain("default-src 'self'")
  const parts = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url)
  expect(parts).toHaveLength(4)
  for (const part of parts) {
    expect(part).toMatch(/^\/docs\//)
    const loaded = await fetch(`${api.url}${part}`)
    expect(loaded.status).toBe(200)
    await loaded.bytes()
  }
})

test('the server serves the OpenAPI document', async () => {
  const response = await fetch(`${api.url}/openapi.json`)
  expect(response.headers.get('content-type')).toMatch(/^application\/json/)
  expect(await response.json()).toMatchObject({ openapi: '3.1.0', info: { title: 'Jumun' } })
})

test('the server serves no other files below /docs', async () => {
  for (const path of ['/docs/package.json', '/docs/..%2fpackage.json', '/docs/absolute-path.js']) {
    expect((await fetch(`${api.url}${path}`)).status).toBe(404)
  }
})
