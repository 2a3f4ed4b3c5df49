import { runInNewContext } from 'node:vm'
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

test.each(['/', '/docs/'])('%s leads to the reference', async (path) => {
  const response = await fetch(api.url + path)
  expect(response.status).toBe(200)
  expect(await response.text()).toBe(await (await fetch(`${api.url}/docs`)).text())
})

interface Plugin {
  statePlugins: {
    auth: { wrapActions: Record<'authorize' | 'logout', (original: unknown) => (input: unknown) => void> }
  }
}

test('the reference keeps the token for the tab, until a logout', async () => {
  const script = await (await fetch(`${api.url}/docs/start.js`)).text()
  const stored = new Map<string, string>()
  const sessionStorage = {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => void stored.set(key, value),
    removeItem: (key: string) => void stored.delete(key),
  }
  const authorized: unknown[][] = []
  /** Loads the page again; there is no other storage. */
  const load = () => {
    let options: { plugins: (() => Plugin)[]; onComplete: () => void } | undefined
    const SwaggerUIBundle = (given: NonNullable<typeof options>) => {
      options = given
      return { preauthorizeApiKey: (...credentials: unknown[]) => authorized.push(credentials) }
    }
    runInNewContext(script, { SwaggerUIBundle, sessionStorage })
    options?.onComplete()
    return options?.plugins[0]?.().statePlugins.auth.wrapActions as Plugin['statePlugins']['auth']['wrapActions']
  }
  const { authorize } = load()
  expect(authorized).toEqual([])
  authorize((credentials: unknown) => credentials)({ bearer: { name: 'bearer', value: 'a.b.c' } })
  const { logout } = load()
  expect(authorized).toEqual([['bearer', 'a.b.c']])
  logout((names: unknown) => names)(['bearer'])
  load()
  expect(authorized).toHaveLength(1)
})
