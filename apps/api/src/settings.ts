import { resolve } from 'node:path'
import { parseDatabaseUrl } from '@jumun/domain/database-url'
import { distance } from 'fastest-levenshtein'
import { z } from 'zod'
import { MAX_KEYS_TRIED, splitSecrets } from './auth/split-secrets.ts'
import { signInConflict } from './sign-in-settings.ts'
import { trustProxy } from './trust-proxy.ts'

const wholeNumber = (max: number, message: string) =>
  z
    .string()
    .regex(/^\d{1,10}$/, message)
    .transform(Number)
    .pipe(z.number().max(max, message))

const port = wholeNumber(65_535, 'must be a port number, 0 to 65535')
const flag = z.enum(['true', 'false'], 'must be true or false').transform((value) => value === 'true')
/** `fetch` refuses user and password in an address and quotes them in its error; a fragment is never sent. */
const httpUrl = z
  .url({ protocol: /^https?$/, message: 'must be an http or https address', abort: true })
  .refine((url) => isSentWhole(new URL(url)), 'must be an http or https address without user, password and fragment')

const databaseUrl = z
  .string()
  .refine(
    (url) => parseDatabaseUrl(url) !== undefined,
    'must be a postgres:// address, with several host:port separated by commas',
  )

const isOrigin = (text: string) => /^https?:/.test(text) && URL.parse(text)?.origin === text

const origins = z
  .string()
  .transform((list) => list.split(',').map((origin) => origin.trim()))
  .refine((list) => list.every((origin) => origin === '*' || isOrigin(origin)), {
    error: 'must be origins like https://shop.example, comma-separated, or *',
  })

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

/** The limits of Standard Webhooks. */
const WEBHOOK_SECRET = /^whsec_(?=.{32,88}$)(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** The rules of secrets, whether they come from settings or from files. */
export const secretRules = {
  AUTH_SECRET: z
    .string()
    .refine((text) => splitSecrets(text).every(({ length }) => length >= 32), {
      error: 'must be at least 32 characters long, or several such secrets with commas between',
      abort: true,
    })
    .refine((text) => splitSecrets(text).length <= MAX_KEYS_TRIED, `must be at most ${MAX_KEYS_TRIED} secrets`),
  DATA_PLATFORM_SECRET: z
    .string()
    .refine(
      (text) => text.split(' ').every((secret) => WEBHOOK_SECRET.test(secret)),
      'must be whsec_ and 24 to 64 bytes in base64, or several such secrets with spaces between',
    ),
}

const settingsSchema = z.object({
  HOST: z
    .string()
    .regex(/^[\w.:-]{1,255}$/, 'must be an address or a host name')
    .default('127.0.0.1'),
  PORT: port.default(3000),
  DATABASE_URL: databaseUrl.optional(),
  DATABASE_READ_URL: databaseUrl.optional(),
  DATABASE_SCHEMA: z
    .string()
    .regex(
      /^(?!pg_|information_schema$)[a-z_][a-z0-9_$]{0,62}$/,
      'must be a schema name of 1 to 63 lower-case letters, digits, _ and $ that begins with no digit and not with pg_, and is not information_schema',
    )
    .default('public'),
  DATA_DIR: z
    .string()
    .min(1)
    .default(resolve(import.meta.dirname, '../../../.data'))
    .transform((path) => resolve(path)),
  DATA_PLATFORM_URL: httpUrl.default('http://127.0.0.1:4001'),
  DATA_PLATFORM_SECRET: secretRules.DATA_PLATFORM_SECRET.optional(),
  MOCK_DATA_PLATFORM_PORT: port.default(4001),
  AUTH_SECRET: secretRules.AUTH_SECRET.optional(),
  AUTH_JWKS_URL: httpUrl.optional(),
  AUTH_ISSUER: z.string().min(1).optional(),
  AUTH_AUDIENCE: z.string().min(1).optional(),
  AUTH_CLIENT_ID: z.string().min(1).optional(),
  AUTH_CLIENT_SECRET: z.string().min(1).optional(),
  DEV_SIGN_IN: flag.default(false),
  ALLOW_SELF_CHARGE: flag.default(false),
  CORS_ORIGINS: origins.default([]),
  RATE_LIMIT_PER_SECOND: wholeNumber(1e9, 'must be a whole number, 0 to 1000000000').default(100),
  TRUST_PROXY: trustProxy.default(false),
  MAX_UNPAID_ORDERS: wholeNumber(1e9, 'must be a whole number, 0 to 1000000000').default(10),
  MAX_UNPAID_UNITS: wholeNumber(1e9, 'must be a whole number, 0 to 1000000000').default(1_000),
  WEB: flag.default(true),
  DRAIN_DELAY_SECONDS: wholeNumber(300, 'must be a whole number of seconds, 0 to 300').optional(),
  /** Traces are sent only where it is set. The other variables of OpenTelemetry are for its exporter. */
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl.optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: httpUrl.optional(),
  /** Checked only where traces are sent: they may be set for every program of a machine. */
  OTEL_TRACES_SAMPLER: z.string().default('parentbased_always_on'),
  OTEL_TRACES_SAMPLER_ARG: z.string().default('1'),
  LOG_LEVEL: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`).default('info'),
})

/** The validated settings; docs/operations.md describes them. */
export type Settings = z.output<typeof settingsSchema>

/** The settings where none is given. */
export function defaultSettings(): Settings {
  return settingsSchema.parse({})
}

/** An unknown or malformed setting. The message is one line that names it. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
}

/** An unknown setting with one of these prefixes is a mistake, because no common variable of another program has them. */
const OUR_PREFIXES = [
  'JUMUN_',
  'AUTH_',
  'DEV_SIGN',
  'CORS_',
  'DATA_PLATFORM',
  'MOCK_DATA_PLATFORM',
  'RATE_LIMIT',
  'ALLOW_SELF',
  'TRUST_PROX',
  'MAX_UNPAID',
  'DRAIN_',
]

/** Settings of the command-line client, which the API ignores. */
const CLIENT_SETTINGS = ['JUMUN_URL', 'JUMUN_TOKEN']

/** The largest distance of a typing error. Only for long names: common variables are as close to short ones, as HOME is to HOST. */
const TYPO_DISTANCE = 2
const TYPO_MIN_LENGTH = 8

/**
 * Reads the settings from environment variables. Throws `SettingsError` for a malformed setting, and for an unknown one
 * that has a prefix of ours or resembles a setting, and for settings that do not go together.
 */
export function readSettings(environment: Record<string, string | undefined>): Settings {
  const known = Object.keys(settingsSchema.shape)
  for (const name of Object.keys(environment)) rejectUnknown(name, known)
  const given = Object.fromEntries(known.filter((name) => environment[name]).map((name) => [name, environment[name]]))
  const parsed = settingsSchema.safeParse(given)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new SettingsError(`${issue?.path.join('.')}: ${issue?.message}`)
  }
  const conflict = signInConflict(parsed.data)
  if (conflict !== undefined) throw new SettingsError(conflict)
  return parsed.data
}

function rejectUnknown(name: string, known: string[]): void {
  if (known.includes(name) || CLIENT_SETTINGS.includes(name)) return
  const similar = known.find((one) => isSimilar(name.toUpperCase(), one))
  if (similar) throw new SettingsError(`${name}: unknown setting; did you mean ${similar}?`)
  if (OUR_PREFIXES.some((prefix) => name.startsWith(prefix))) throw new SettingsError(`${name}: unknown setting`)
}

function isSimilar(name: string, setting: string): boolean {
  if (setting.length >= TYPO_MIN_LENGTH) return distance(setting, name) <= TYPO_DISTANCE
  return name === setting || isTransposed(name, setting)
}

/** Whether the names differ in the order of two adjacent letters only. */
function isTransposed(name: string, other: string): boolean {
  const first = [...name].findIndex((letter, index) => letter !== other[index])
  const [one = '', two = ''] = name.slice(first)
  return name.length === other.length && `${name.slice(0, first)}${two}${one}${name.slice(first + 2)}` === other
}

/** Whether a request to this address sends all of it. */
function isSentWhole({ username, password, href }: URL): boolean {
  return username === '' && password === '' && !href.includes('#')
}
