import { startTestApi, useApi } from '@jumun/test-kit/api'
import { expect, onTestFinished, test } from 'vitest'
import { readSettings, SettingsError } from '../../src/settings.ts'
import { cookieOf, fetchAsPage } from '../../test-support/browser.ts'
import { sendBytes } from '../../test-support/send-bytes.ts'

const api = useApi({ settings: { DEV_SIGN_IN: 'true' } })
const body = { memberId: 'jun', role: 'admin' }

test('with DEV_SIGN_IN anyone at this machine signs in as any member', async () => {
  const response = await fetchAsPage(api, '/session', { method: 'POST', body })
  expect(await response.json()).toMatchObject({ session: body, signIn: { development: true, provider: false } })
  const audit = await fetchAsPage(api, '/api/admin/outbox', { headers: { cookie: cookieOf(response) } })
  expect(audit.status).toBe(200)
})

test('without DEV_SIGN_IN nobody signs in without a code', async () => {
  const other = await startTestApi(api.databaseUrl)
  onTestFinished(other.close)
  const response = await fetchAsPage(other, '/session', { method: 'POST', body })
  expect(response.status).toBe(403)
  expect(await response.json()).toMatchObject({ code: 'FORBIDDEN' })
})

test('a page whose name was made to lead to this machine signs nobody in', async () => {
  const { port } = new URL(api.url)
  const json = JSON.stringify(body)
  const post = async (host: string) => {
    const head = [
      'POST /session HTTP/1.1',
      `host: ${host}`,
      `origin: http://${host}`,
      'sec-fetch-site: same-origin',
      'content-type: application/json',
      `content-length: ${json.length}`,
      'connection: close',
    ]
    return (await sendBytes(api.url, `${head.join('\r\n')}\r\n\r\n${json}`)).status
  }
  expect(await post(`evil.test:${port}`)).toBe(403)
  expect(await post(`192.0.2.1:${port}`)).toBe(403)
  for (const host of ['localhost', '127.0.0.1', '[::1]']) expect(await post(`${host}:${port}`)).toBe(200)
})

test.each([
  { HOST: '0.0.0.0' },
  { HOST: 'shop.test' },
  { HOST: '::' },
  { TRUST_PROXY: '1' },
  { AUTH_JWKS_URL: 'https://id.test/keys' },
  { AUTH_CLIENT_ID: 'jumun', AUTH_ISSUER: 'https://id.test' },
])('a start with DEV_SIGN_IN and %o fails with one line', (settings) => {
  expect(() => readSettings({ DEV_SIGN_IN: 'true', ...settings })).toThrow(SettingsError)
  expect(() => readSettings({ DEV_SIGN_IN: 'true', ...settings })).toThrow(/^DEV_SIGN_IN: needs a HOST [^\n]+$/)
  expect(readSettings({ DEV_SIGN_IN: 'false', ...settings })).toMatchObject({ DEV_SIGN_IN: false })
})

test.each([
  [{ AUTH_CLIENT_ID: 'jumun' }, /^AUTH_CLIENT_ID: needs AUTH_ISSUER[^\n]+$/],
  [{ AUTH_CLIENT_ID: 'jumun', AUTH_ISSUER: 'id' }, /^AUTH_CLIENT_ID: needs AUTH_ISSUER[^\n]+$/],
  [{ AUTH_CLIENT_SECRET: 'hunter2' }, /^AUTH_CLIENT_SECRET: needs AUTH_CLIENT_ID$/],
])('a start with only a part of the provider is refused: %o', (settings, line) => {
  expect(() => readSettings(settings)).toThrow(line)
})
