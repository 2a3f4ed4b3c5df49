import { mkdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryDataDir } from '@jumun/test-kit/data-dir'
import { expect, onTestFinished, test } from 'vitest'
import { readSecrets } from '../src/auth/secrets.ts'
import { SettingsError } from '../src/settings.ts'

const FILES = { 'auth-secret': 'AUTH_SECRET', 'data-platform-secret': 'DATA_PLATFORM_SECRET' }

const DAMAGED = {
  short: 'a',
  empty: '',
  blank: ' \n',
  'of NUL bytes': Buffer.alloc(44),
  'of random bytes': Buffer.alloc(64, 0xa7),
  'of several lines': `whsec_${'A'.repeat(32)}\nwhsec_${'A'.repeat(32)}\n`,
}

test.each(Object.entries(DAMAGED))(
  'a secret file that is %s is refused in one line that names the setting and the file',
  async (_, content) => {
    for (const [file, setting] of Object.entries(FILES)) {
      const dataDir = await temporaryDataDir(onTestFinished)
      const path = join(dataDir, file)
      await writeFile(path, content)
      const error = await readSecrets({ DATA_DIR: dataDir }).catch((error: unknown) => error)
      expect(error).toBeInstanceOf(SettingsError)
      expect((error as Error).message).toMatch(new RegExp(`^${setting}: ${path} must be [^\n]+$`))
    }
  },
)

test('a secret file that cannot be read is refused in one line that names it', async () => {
  const dataDir = await temporaryDataDir(onTestFinished)
  const path = join(dataDir, 'auth-secret')
  await mkdir(path)
  await expect(readSecrets({ DATA_DIR: dataDir })).rejects.toThrow(
    new RegExp(`^AUTH_SECRET: ${path} cannot be read: [^\n]+$`),
  )
})

test('generated secrets are private, and the next start reads them', async () => {
  const dataDir = await temporaryDataDir(onTestFinished)
  const secrets = await readSecrets({ DATA_DIR: dataDir })
  expect(await readSecrets({ DATA_DIR: dataDir })).toEqual(secrets)
  for (const file of Object.keys(FILES)) expect((await stat(join(dataDir, file))).mode & 0o777).toBe(0o600)
})
