import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { z } from 'zod'

const REPOSITORY_ROOT = resolve(import.meta.dirname, '../../..')

/** Standard Webhooks requires 24–64 bytes, in base64. */
const SECRET = /^whsec_(?=.{32,88}$)(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

const secretSchema = z
  .string()
  .refine(
    (text) => text.split(' ').every((secret) => SECRET.test(secret)),
    'expected whsec_ and 24–64 bytes in base64, or several such secrets with spaces between',
  )

const settingsSchema = z.object({
  HOST: z
    .string()
    .regex(/^[\w.:-]{1,255}$/, 'expected an address or a host name')
    .default('127.0.0.1'),
  MOCK_DATA_PLATFORM_PORT: z
    .string()
    .regex(/^\d{1,5}$/, 'expected a port, 0–65535')
    .transform(Number)
    .pipe(z.number().max(65_535, 'expected a port, 0–65535'))
    .default(4001),
  DATA_DIR: z.string().min(1, 'expected a directory').default(join(REPOSITORY_ROOT, '.data')),
  DATA_PLATFORM_SECRET: secretSchema.optional(),
})

export type Settings = ReturnType<typeof readSettings>

/**
 * Reads the settings, and the secret from `DATA_DIR/data-platform-secret` if `DATA_PLATFORM_SECRET` is not set.
 *
 * @throws Error with one line that names the setting that is unknown, malformed or missing
 */
export function readSettings(env: NodeJS.ProcessEnv) {
  const unknown = Object.keys(env).find(
    (name) => name.startsWith('MOCK_DATA_PLATFORM_') && !(name in settingsSchema.shape),
  )
  if (unknown) throw new Error(`${unknown}: no such setting`)
  const { success, data, error } = settingsSchema.safeParse(env)
  if (!success) {
    const [issue] = error.issues
    throw new Error(`${issue?.path.join('.')}: ${issue?.message}`)
  }
  return {
    host: data.HOST,
    port: data.MOCK_DATA_PLATFORM_PORT,
    secret: data.DATA_PLATFORM_SECRET ?? readSecret(join(data.DATA_DIR, 'data-platform-secret')),
    storageFile: join(data.DATA_DIR, 'mock-data-platform.sqlite'),
  }
}

function readSecret(file: string): string {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const reason = code === 'ENOENT' ? `no file ${file}; the API generates it` : `${file} cannot be read: ${message}`
    throw new Error(`DATA_PLATFORM_SECRET: not set, and ${reason}`)
  }
  const { success, data } = secretSchema.safeParse(text.trim())
  if (!success) throw new Error(`DATA_PLATFORM_SECRET: ${file} holds no whsec_ secret`)
  return data
}
