import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startTestApi } from '@jumun/test-kit/api'
import { temporaryDataDir } from '@jumun/test-kit/data-dir'
import { useTestDatabase } from '@jumun/test-kit/test-database'
import { expect, onTestFinished, test } from 'vitest'

const database = useTestDatabase()

const DEBUG = 20
const WARN = 40

async function start(settings: Record<string, string>) {
  const api = await startTestApi(database.url, { settings })
  onTestFinished(api.close)
  return api
}

test.each([
  ['AUTH_SECRET', 'a secret of more than 32 characters'],
  ['AUTH_JWKS_URL', 'http://127.0.0.1:9/keys'],
])(
  'with %s and the other settings the API starts without a data directory, and logs that at debug',
  async (name, value) => {
    // Nothing can be created below a file.
    const api = await start({ DATA_DIR: join(import.meta.filename, 'data'), [name]: value })
    expect((await fetch(`${api.url}/readyz`)).status).toBe(200)
    expect(api.log).toContainEqual(
      expect.objectContaining({ level: DEBUG, msg: expect.stringMatching(/api-url could not be written/) }),
    )
    expect(api.log.filter(({ level }) => level >= WARN)).toEqual([])
  },
)

test('an API that stops removes its own address from the data directory, not that of a newer process', async () => {
  const dataDir = await temporaryDataDir(onTestFinished, { name: 'data' })
  const file = join(dataDir, 'api-url')
  const older = await startTestApi(database.url, { settings: { DATA_DIR: dataDir } })
  const newer = await startTestApi(database.url, { settings: { DATA_DIR: dataDir } })
  await older.close()
  expect(await readFile(file, 'utf8')).toBe(`${newer.url}\n`)
  await newer.close()
  expect(existsSync(file)).toBe(false)
})

test.each([
  { HOST: '0.0.0.0', ALLOW_SELF_CHARGE: 'true', warnings: 1 },
  { HOST: '0.0.0.0', ALLOW_SELF_CHARGE: 'false', warnings: 0 },
  { HOST: 'localhost', ALLOW_SELF_CHARGE: 'true', warnings: 0 },
])(
  'a start with HOST=$HOST and ALLOW_SELF_CHARGE=$ALLOW_SELF_CHARGE logs $warnings warnings about TLS and charges, and no empty line',
  async ({ warnings, ...settings }) => {
    const { log } = await start(settings)
    const found = log.filter(({ level }) => level >= WARN).map(({ msg }) => msg)
    expect(found).toEqual(
      Array(warnings).fill(expect.stringMatching(/no TLS, and members can charge their own points/)),
    )
    expect(log.map(({ msg }) => msg)).not.toContain('')
  },
)
