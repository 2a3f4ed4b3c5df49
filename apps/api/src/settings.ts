import { resolve } from 'node:path'
import { distance } from 'fastest-levenshtein'
import { z } from 'zod'

const wholeNumber = (max: number, message: string) =>
  z
    .string()
    .regex(/^\d{1,10}$/, message)
    .transform(Number)
    .pipe(z.number().max(max, message))

const port = wholeNumber(65_535, 'must be a port number, 0 to 65535')
const flag = z.enum(['true', 'false'], 'must be true or false').transform((value) => value === 'true')
const httpUrl = z.url({ protocol: /^https?$/, message: 'must be an http or https address' })

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

/** The limits of Standard Webhooks. */
const SECRET_MESSAGE = 'must be whsec_ and 24 to 64 bytes in base64'

const settingsSchema = z.object({
  HOST: z
    .string()
    .regex(/^[\w.:-]{1,255}$/, 'must be an address or a host name')
    .default('127.0.0.1'),
  PORT: port.default(3000),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, message: 'must be a postgres:// address' }).optional(),
  DATA_DIR: z
    .string()
    .min(1)
    .default(resolve(import.meta.dirname, '../../../.data'))
    .transform((path) => resolve(path)),
  DATA_PLATFORM_URL: httpUrl.default('http://127.0.0.1:4001'),
  DATA_PLATFORM_SECRET: z
    .string()
    .regex(/^whsec_(?=.{32,88}$)(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/, SECRET_MESSAGE)
    .optional(),
  MOCK_DATA_PLATFORM_PORT: port.default(4001),
  AUTH_SECRET: z.string().min(32, 'must be at least 32 characters long').optional(),
  AUTH_JWKS_URL: httpUrl.optional(),
  AUTH_ISSUER: z.string().min(1).optional(),
  AUTH_AUDIENCE: z.string().min(1).optional(),
  ALLOW_SELF_CHARGE: flag.default(false),
  RATE_LIMIT_PER_SECOND: wholeNumber(1e9, 'must be a whole number, 0 to 1000000000').default(100),
  MAX_UNPAID_ORDERS: wholeNumber(1e9, 'must be a whole number, 0 to 1000000000').default(10),
  MAX_UNPAID_UNITS: wholeNumber(1e9, 'must be a whole number, 0 to 1000000000').default(1_000),
  LOG_LEVEL: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`).default('info'),
})

/** The validated settings; docs/operations.md describes them. */
export type Settings = z.output<typeof settingsSchema>

/** An unknown or malformed setting. The message is one line that names it. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
}

/** An unknown name with one of these prefixes is a mistake. */
const OUR_PREFIXES = ['JUMUN_', 'AUTH_', 'DATA_PLATFORM_', 'MOCK_DATA_PLATFORM_', 'RATE_LIMIT_']

/** Settings of the command-line client, which the API ignores. */
const CLIENT_SETTINGS = ['JUMUN_URL', 'JUMUN_TOKEN']

const TYPO_DISTANCE = 2
const TYPO_MIN_LENGTH = 8

/**
 * Reads the settings from environment variables. Throws `SettingsError` for a malformed setting, and for an unknown one
 * that has a prefix of ours or resembles a setting.
 */
export function readSettings(environment: Record<string, string | undefined>): Settings {
  const known = Object.keys(settingsSchema.shape)
  for (const name of Object.keys(environment)) rejectUnknown(name, known)
  const given = Object.fromEntries(known.filter((name) => environment[name]).map((name) => [name, environment[name]]))
  const parsed = settingsSchema.safeParse(given)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new SettingsError(`${issue?.path.join('.')}: ${issue?.message}`)
}

function rejectUnknown(name: string, known: string[]): void {
  if (known.includes(name) || CLIENT_SETTINGS.includes(name)) return
  const similar = known.find((one) => one.length >= TYPO_MIN_LENGTH && distance(one, name) <= TYPO_DISTANCE)
  if (similar) throw new SettingsError(`${name}: unknown setting; did you mean ${similar}?`)
  if (OUR_PREFIXES.some((prefix) => name.startsWith(prefix))) throw new SettingsError(`${name}: unknown setting`)
}
