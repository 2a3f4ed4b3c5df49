import type { ShownSetting } from '@jumun/contract'
import { parseDatabaseUrl } from '@jumun/domain/database-url'
import { defaultSettings, type Settings } from '../settings.ts'

type ShownAs = 'text' | 'address' | 'database' | 'secret'

/**
 * How the value of each setting is shown. `text`: as it is. `address` and `database`: without user, password, query and fragment. `secret`:
 * not at all. The type requires an entry for every setting, so that a new one is not shown by oversight.
 */
const SHOWN_AS: Record<keyof Settings, ShownAs> = {
  HOST: 'text',
  PORT: 'text',
  DATABASE_URL: 'database',
  DATABASE_READ_URL: 'database',
  DATABASE_SCHEMA: 'text',
  DATA_DIR: 'text',
  DATA_PLATFORM_URL: 'address',
  DATA_PLATFORM_SECRET: 'secret',
  MOCK_DATA_PLATFORM_PORT: 'text',
  AUTH_SECRET: 'secret',
  AUTH_JWKS_URL: 'address',
  AUTH_ISSUER: 'text',
  AUTH_AUDIENCE: 'text',
  AUTH_CLIENT_ID: 'text',
  AUTH_CLIENT_SECRET: 'secret',
  DEV_SIGN_IN: 'text',
  ALLOW_SELF_CHARGE: 'text',
  CORS_ORIGINS: 'text',
  RATE_LIMIT_PER_SECOND: 'text',
  TRUST_PROXY: 'text',
  MAX_UNPAID_ORDERS: 'text',
  MAX_UNPAID_UNITS: 'text',
  WEB: 'text',
  DRAIN_DELAY_SECONDS: 'text',
  OTEL_EXPORTER_OTLP_ENDPOINT: 'address',
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'address',
  OTEL_TRACES_SAMPLER: 'text',
  OTEL_TRACES_SAMPLER_ARG: 'text',
  LOG_LEVEL: 'text',
}

/** The settings that differ from their defaults, as operators may see them. */
export function shownSettings(settings: Settings): ShownSetting[] {
  const defaults = defaultSettings()
  return (Object.keys(SHOWN_AS) as (keyof Settings)[])
    .filter((name) => JSON.stringify(settings[name]) !== JSON.stringify(defaults[name]))
    .map((name) => {
      const isSecret = SHOWN_AS[name] === 'secret'
      return { name, value: isSecret ? null : toText(settings[name], SHOWN_AS[name]), isSecret }
    })
}

function toText(value: Settings[keyof Settings], kind: ShownAs): string {
  const text = Array.isArray(value) ? value.join(', ') : String(value)
  if (kind === 'text') return text
  const database = kind === 'database' ? parseDatabaseUrl(text) : undefined
  const { protocol, host, pathname } = new URL(database?.urls[0] ?? text)
  if (database) return `${protocol}//${database.hosts.join(',')}${pathname}`
  return `${protocol}//${host}${pathname}`
}
