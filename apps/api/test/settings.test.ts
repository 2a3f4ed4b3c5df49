import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { readSettings, SettingsError } from '../src/settings.ts'
import { malformedSettings, unknownSettings, unsendableUrls } from '../test-support/invalid-settings.ts'

test('settings that are not set have the documented defaults', () => {
  expect(readSettings({})).toEqual({
    HOST: '127.0.0.1',
    PORT: 3000,
    DATABASE_SCHEMA: 'public',
    DATA_DIR: resolve(import.meta.dirname, '../../../.data'),
    DATA_PLATFORM_URL: 'http://127.0.0.1:4001',
    MOCK_DATA_PLATFORM_PORT: 4001,
    DEV_SIGN_IN: false,
    ALLOW_SELF_CHARGE: false,
    CORS_ORIGINS: [],
    RATE_LIMIT_PER_SECOND: 100,
    TRUST_PROXY: false,
    MAX_UNPAID_ORDERS: 10,
    MAX_UNPAID_UNITS: 1_000,
    WEB: true,
    OTEL_TRACES_SAMPLER: 'parentbased_always_on',
    OTEL_TRACES_SAMPLER_ARG: '1',
    LOG_LEVEL: 'info',
  })
})

test('an empty setting counts as not set', () => {
  const names = [...Object.keys(malformedSettings), 'DATABASE_URL', 'AUTH_SECRET']
  expect(readSettings(Object.fromEntries(names.map((name) => [name, ''])))).toEqual(readSettings({}))
})

test.each([
  ['HOST', '0.0.0.0', '0.0.0.0'],
  ['HOST', '::1', '::1'],
  ['HOST', 'localhost', 'localhost'],
  ['PORT', '0', 0],
  ['PORT', '65535', 65_535],
  ['DATABASE_URL', 'postgres://u:p@db.test:5433/shop', 'postgres://u:p@db.test:5433/shop'],
  ['DATABASE_URL', 'postgresql://db.test/shop?sslmode=require', 'postgresql://db.test/shop?sslmode=require'],
  ['DATABASE_URL', 'postgres://u:p@a.test:1,b.test,[::1]:3/shop?pgbouncer=true', expect.stringContaining('a.test:1,b')],
  ['DATABASE_READ_URL', 'postgres://u:p@replica.test/shop', 'postgres://u:p@replica.test/shop'],
  ['DATABASE_SCHEMA', '_shop$2', '_shop$2'],
  ['DATABASE_SCHEMA', 's'.repeat(63), 's'.repeat(63)],
  ['DATA_DIR', '/var/lib/jumun', '/var/lib/jumun'],
  ['DATA_DIR', 'data', resolve('data')],
  ['DATA_PLATFORM_URL', 'https://data.test/in', 'https://data.test/in'],
  ['DATA_PLATFORM_SECRET', `whsec_${'A'.repeat(32)}`, `whsec_${'A'.repeat(32)}`],
  ['DATA_PLATFORM_SECRET', `whsec_${'A'.repeat(86)}==`, `whsec_${'A'.repeat(86)}==`],
  ['AUTH_SECRET', 's'.repeat(32), 's'.repeat(32)],
  ['AUTH_SECRET', `${'s'.repeat(32)}, ${'t'.repeat(32)}`, `${'s'.repeat(32)}, ${'t'.repeat(32)}`],
  [
    'DATA_PLATFORM_SECRET',
    `whsec_${'A'.repeat(32)} whsec_${'B'.repeat(32)}`,
    `whsec_${'A'.repeat(32)} whsec_${'B'.repeat(32)}`,
  ],
  ['AUTH_JWKS_URL', 'https://id.test/keys', 'https://id.test/keys'],
  ['ALLOW_SELF_CHARGE', 'true', true],
  ['ALLOW_SELF_CHARGE', 'false', false],
  ['RATE_LIMIT_PER_SECOND', '0', 0],
  ['TRUST_PROXY', 'false', false],
  ['TRUST_PROXY', '1', 1],
  ['TRUST_PROXY', '10.0.0.0/8, 2001:db8::/32,127.0.0.1', ['10.0.0.0/8', '2001:db8::/32', '127.0.0.1']],
  ['MAX_UNPAID_ORDERS', '0', 0],
  ['MAX_UNPAID_UNITS', '1000000000', 1_000_000_000],
  ['DRAIN_DELAY_SECONDS', '300', 300],
  ['LOG_LEVEL', 'silent', 'silent'],
])('%s accepts %s', (name, value, read) => {
  expect(readSettings({ [name]: value })).toMatchObject({ [name]: read })
})

const malformed = Object.entries(malformedSettings).flatMap(([name, values]) =>
  values.map((value) => ({ name, value })),
)

test.each(malformed)('$name refuses $value', ({ name, value }) => {
  expect(() => readSettings({ [name]: value })).toThrow(SettingsError)
  expect(() => readSettings({ [name]: value })).toThrow(new RegExp(`^${name}: must be [^\n]+$`))
})

test('the error for a malformed secret names the setting and does not contain its value', () => {
  for (const name of ['AUTH_SECRET', 'DATA_PLATFORM_SECRET', 'DATABASE_URL']) {
    expect(() => readSettings({ [name]: 'hunter2' })).toThrow(/^((?!hunter2).)*$/)
  }
})

test.each(['DATA_PLATFORM_URL', 'AUTH_JWKS_URL'])(
  '%s with a password or a fragment is refused in one line without it',
  (name) => {
    for (const url of unsendableUrls)
      expect(() => readSettings({ [name]: url })).toThrow(
        new SettingsError(`${name}: must be an http or https address without user, password and fragment`),
      )
  },
)

test.each(Object.entries(unknownSettings))('%s is refused as an unknown setting', (name, meant) => {
  const hint = meant === null ? 'unknown setting' : `unknown setting; did you mean ${meant}?`
  expect(() => readSettings({ [name]: 'x' })).toThrow(new SettingsError(`${name}: ${hint}`))
})

test('a name that begins like a setting is refused', () => {
  for (const name of ['CORS_ORIGIN', 'CORS_ALLOWED', 'TRUST_PROXIES', 'AUTH_KEY', 'MAX_UNPAID'])
    expect(() => readSettings({ [name]: 'x' })).toThrow(new RegExp(`^${name}: unknown setting`))
})

test('environment variables of other programs are ignored', () => {
  const foreign = [
    'PATH',
    'HOME',
    'POST',
    'COST',
    'LOST',
    'SORT',
    'PORTAL',
    'LANG',
    'SHELL',
    'TERM',
    'USER',
    'PWD',
    'TZ',
    'CI',
    'LOG_DIR',
    'DATABASE',
    'DATABASE_HOST',
    'DATABASE_PRIVATE_URL',
    'REDIS_URL',
    'XAUTHORITY',
    'http_proxy',
    'NO_PROXY',
    'OTEL_EXPORTER_OTLP_HEADERS',
    'OTEL_SERVICE_NAME',
    'NODE_ENV',
    'NODE_OPTIONS',
    'npm_config_host',
    'npm_package_version',
    'INIT_CWD',
    'SSH_AUTH_SOCK',
    'PGHOST',
    'PGPORT',
    'DATA',
    'HOSTNAME',
    'PORTS',
    'LOG',
    'TEST_DATABASE_URL',
    'JUMUN_URL',
    'JUMUN_TOKEN',
    '_',
  ]
  expect(readSettings(Object.fromEntries(foreign.map((name) => [name, 'x'])))).toEqual(readSettings({}))
})
