import { startTestApi, useApi } from '@jumun/test-kit/api'
import { expect, test } from 'vitest'
import { shownSettings } from '../src/observability/shown-settings.ts'
import { defaultSettings, readSettings, type Settings } from '../src/settings.ts'

const CANARY = 'canary'
const SECRET = `whsec_${Buffer.alloc(32, CANARY).toString('base64')}`

/** A value of every setting that is not its default, but of development's sign-in, which these forbid; with the canary in all that must not be shown. */
const GIVEN: Record<Exclude<keyof Settings, 'DEV_SIGN_IN'>, string> = {
  HOST: '0.0.0.0',
  PORT: '8080',
  DATABASE_URL: `postgres://${CANARY}:${CANARY}@db.example:6432/shop?sslmode=require&password=${CANARY}`,
  DATABASE_READ_URL: `postgres://${CANARY}:${CANARY}@one.example:6432,[::1]/shop?pgbouncer=true&password=${CANARY}`,
  DATABASE_SCHEMA: 'tea',
  DATA_DIR: '/srv/jumun',
  DATA_PLATFORM_URL: `https://data.example/in?key=${CANARY}`,
  DATA_PLATFORM_SECRET: SECRET,
  MOCK_DATA_PLATFORM_PORT: '8081',
  AUTH_SECRET: `${CANARY}-0123456789-0123456789-0123456789`,
  AUTH_JWKS_URL: `https://id.example/keys?key=${CANARY}`,
  AUTH_ISSUER: 'https://id.example/',
  AUTH_AUDIENCE: 'jumun',
  AUTH_CLIENT_ID: 'shop',
  AUTH_CLIENT_SECRET: `${CANARY}-0123456789`,
  ALLOW_SELF_CHARGE: 'true',
  CORS_ORIGINS: 'https://shop.example, https://www.shop.example',
  RATE_LIMIT_PER_SECOND: '7',
  TRUST_PROXY: '10.0.0.0/8,::1',
  MAX_UNPAID_ORDERS: '3',
  MAX_UNPAID_UNITS: '30',
  WEB: 'false',
  DRAIN_DELAY_SECONDS: '1',
  OTEL_EXPORTER_OTLP_ENDPOINT: `https://collector.example/in?key=${CANARY}`,
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `https://collector.example/traces?key=${CANARY}`,
  OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
  OTEL_TRACES_SAMPLER_ARG: '0.05',
  LOG_LEVEL: 'debug',
}

test('every setting that differs from its default is shown, and no secret is', () => {
  const shown = shownSettings(readSettings(GIVEN))
  expect(JSON.stringify(shown).toLowerCase()).not.toContain(CANARY)
  expect(JSON.stringify(shown)).not.toContain(SECRET)
  const values = Object.fromEntries(shown.map(({ name, value }) => [name, value]))
  expect(values).toEqual({
    ...GIVEN,
    DATABASE_URL: 'postgres://db.example:6432/shop',
    DATABASE_READ_URL: 'postgres://one.example:6432,[::1]/shop',
    DATA_PLATFORM_URL: 'https://data.example/in',
    DATA_PLATFORM_SECRET: null,
    AUTH_SECRET: null,
    AUTH_CLIENT_SECRET: null,
    AUTH_JWKS_URL: 'https://id.example/keys',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector.example/in',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://collector.example/traces',
    TRUST_PROXY: '10.0.0.0/8, ::1',
  })
  const secrets = shown.filter(({ isSecret }) => isSecret).map(({ name }) => name)
  expect(secrets).toEqual(['DATA_PLATFORM_SECRET', 'AUTH_SECRET', 'AUTH_CLIENT_SECRET'])
  expect(shown.filter(({ value }) => value === null).map(({ name }) => name)).toEqual(secrets)
})

test('no setting is shown that has its default', () => {
  expect(shownSettings(defaultSettings())).toEqual([])
})

const api = useApi({ settings: { AUTH_SECRET: GIVEN.AUTH_SECRET, LOG_LEVEL: 'debug' } })

test('the system names its database, its migrations and its settings', async () => {
  const reply = await fetch(`${api.url}/api/admin/system`, {
    headers: { authorization: `Bearer ${await api.token('operator', 'admin')}` },
  })
  const text = await reply.text()
  expect(text).not.toContain(CANARY)
  const database = new URL(api.databaseUrl)
  if (database.password !== '') expect(text).not.toContain(`:${database.password}@`)
  const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  const system = JSON.parse(text)
  expect(system).toMatchObject({
    ready: true,
    database: {
      version: expect.stringMatching(/^\d+\.\d+/),
      name: database.pathname.slice(1),
      sizeBytes: expect.any(Number),
      connections: expect.any(Number),
      maxConnections: expect.any(Number),
    },
    migrations: { pending: [] },
    settings: expect.arrayContaining([
      { name: 'DATABASE_URL', value: `${database.protocol}//${database.host}${database.pathname}`, isSecret: false },
      { name: 'AUTH_SECRET', value: null, isSecret: true },
      { name: 'LOG_LEVEL', value: 'debug', isSecret: false },
    ]),
  })
  expect(system.migrations.applied[0]).toEqual({ name: '2026-11-23-foundation', at: TIME })
  expect(system.processes).toEqual([
    {
      id: expect.any(String),
      host: expect.any(String),
      pid: process.pid,
      version: '0.1.0',
      startedAt: TIME,
      seenAt: TIME,
      self: true,
    },
  ])
})

test('every process is listed while it runs, and the one that answers is marked', async () => {
  const other = await startTestApi(api.databaseUrl)
  const processesOf = async ({ client }: Pick<typeof api, 'client'>) =>
    (await client('operator', 'admin').admin.system.query({})).processes
  try {
    await expect.poll(() => processesOf(other)).toHaveLength(2)
    const [seenByOne, seenByOther] = [await processesOf(api), await processesOf(other)]
    const selfOf = (processes: typeof seenByOne) => processes.filter(({ self }) => self).map(({ id }) => id)
    expect(selfOf(seenByOne)).toHaveLength(1)
    expect(selfOf(seenByOther)).toHaveLength(1)
    expect(selfOf(seenByOne)).not.toEqual(selfOf(seenByOther))
  } finally {
    await other.close()
  }
  expect(await processesOf(api)).toMatchObject([{ self: true }])
})

test('an API whose list of processes cannot be written serves calls', async () => {
  const { em } = api.services
  await em.execute('alter table api_process rename to gone')
  const other = await startTestApi(api.databaseUrl)
  try {
    const isTold = () => other.log.filter(({ msg }) => msg.startsWith('This process could not be put on'))
    await expect.poll(isTold).toHaveLength(1)
    expect((await fetch(`${other.url}/readyz`)).status).toBe(200)
    expect((await fetch(`${other.url}/api/product`)).status).toBe(200)
  } finally {
    await other.close()
    await em.execute('alter table gone rename to api_process')
  }
})
