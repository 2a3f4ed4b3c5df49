import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryDataDir } from '@jumun/test-kit/data-dir'
import { expect, onTestFinished, test } from 'vitest'
import { readSettings } from '../src/settings.ts'
import { SECRET } from '../test-support/sender.ts'

test('missing settings have defaults', () => {
  expect(readSettings({ DATA_PLATFORM_SECRET: SECRET })).toEqual({
    host: '127.0.0.1',
    port: 4001,
    secret: SECRET,
    storageFile: join(import.meta.dirname, '../../../.data/mock-data-platform.sqlite'),
  })
})

test('settings are read from the environment', () => {
  const env = { HOST: '::1', MOCK_DATA_PLATFORM_PORT: '0', DATA_DIR: '/srv/data', DATA_PLATFORM_SECRET: SECRET }
  expect(readSettings(env)).toEqual({
    host: '::1',
    port: 0,
    secret: SECRET,
    storageFile: '/srv/data/mock-data-platform.sqlite',
  })
})

test.each([
  ['MOCK_DATA_PLATFORM_PORT', '65536'],
  ['MOCK_DATA_PLATFORM_PORT', '-1'],
  ['MOCK_DATA_PLATFORM_PORT', '4001x'],
  ['MOCK_DATA_PLATFORM_PORT', ''],
  ['MOCK_DATA_PLATFORM_PROT', '4001'],
  ['HOST', ''],
  ['HOST', 'a b'],
  ['DATA_DIR', ''],
  ['DATA_PLATFORM_SECRET', ''],
  ['DATA_PLATFORM_SECRET', SECRET.replace('whsec_', '')],
  ['DATA_PLATFORM_SECRET', 'whsec_c2hvcnQ='],
])('the error for %s="%s" has the name and is one line', (name, value) => {
  expect(() => readSettings({ DATA_PLATFORM_SECRET: SECRET, [name]: value })).toThrow(new RegExp(`^${name}: .+$`))
})

test.each(['a', '', 'whsec_', `whsec_${'A'.repeat(33)}`, '\0'.repeat(44)])(
  'the error for a secret file with %j names the file and is one line',
  async (content) => {
    const dataDir = await temporaryDataDir(onTestFinished)
    const file = join(dataDir, 'data-platform-secret')
    await writeFile(file, content)
    expect(() => readSettings({ DATA_DIR: dataDir })).toThrow(`DATA_PLATFORM_SECRET: ${file} holds no whsec_ secret`)
    await rm(file)
    await mkdir(file)
    expect(() => readSettings({ DATA_DIR: dataDir })).toThrow(new RegExp(`^DATA_PLATFORM_SECRET: [^\n]*${file}[^\n]*$`))
  },
)

test('the error for a malformed secret does not contain it', () => {
  expect(() => readSettings({ DATA_PLATFORM_SECRET: 'hunter2' })).toThrow(/^(?!.*hunter2)/)
})
