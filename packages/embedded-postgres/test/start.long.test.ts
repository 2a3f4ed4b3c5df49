import { mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { EmbeddedPostgresError, startEmbeddedPostgres } from '@jumun/embedded-postgres'
import { temporaryClusterDir } from '@jumun/test-kit/cluster-copy'
import { temporaryDataDir } from '@jumun/test-kit/data-dir'
import { onServer } from '@jumun/test-kit/on-server'
import { expect, onTestFinished, test } from 'vitest'

test('a first start creates a durable server that listens only on the loopback address', async () => {
  const dataDir = await temporaryDataDir(onTestFinished, { name: 'data' })
  const postgres = await startEmbeddedPostgres({ dataDir })

  const names = ['fsync', 'synchronous_commit', 'full_page_writes', 'listen_addresses', 'unix_socket_directories']
  const found = await onServer(postgres.url, 'select name, setting from pg_settings where name = any($1)', [names])
  const settings = Object.fromEntries(found.map(({ name, setting }) => [name, setting]))
  expect(settings).toEqual({
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
  })
  const [database] = await onServer(
    postgres.url,
    `select current_database() as name, current_user as role, datcollate, pg_encoding_to_char(encoding) as encoding
       from pg_database where datname = current_database()`,
  )
  expect(database).toEqual({ name: 'jumun', role: 'jumun', datcollate: 'C', encoding: 'UTF8' })
  await postgres.stop()
})

test('the server requires the password, only the owner can read it, and no other file of the creation is left', async () => {
  const dataDir = await temporaryDataDir(onTestFinished, { name: 'data' })
  const postgres = await startEmbeddedPostgres({ dataDir, durable: false })

  const url = new URL(postgres.url)
  url.password = 'guessed'
  await expect(onServer(url.href, 'select 1')).rejects.toThrow('password authentication failed')
  expect((await stat(join(dataDir, 'postgres.password'))).mode & 0o777).toBe(0o600)
  expect((await readdir(dataDir)).toSorted()).toEqual([
    'postgres',
    'postgres.gate.lock',
    'postgres.log',
    'postgres.password',
    'postgres.users.lock',
  ])
  await postgres.stop()
})

test('the data survives a stop and a start, and a second stop is no error', async () => {
  const dataDir = await temporaryClusterDir(onTestFinished, { name: 'data' })
  const first = await startEmbeddedPostgres({ dataDir, durable: false })
  await onServer(first.url, 'create table kept as select 42 as answer')
  await Promise.all([first.stop(), first.stop()])
  await expect(onServer(first.url, 'select 1')).rejects.toThrow('ECONNREFUSED')

  const second = await startEmbeddedPostgres({ dataDir, durable: false })
  expect(await onServer(second.url, 'select answer from kept')).toEqual([{ answer: 42 }])
  await second.stop()
})

test('paths and settings may contain characters of the shell, and a setting cannot contain another setting', async () => {
  const dataDir = await temporaryDataDir(onTestFinished, { name: `a $(exit 1) \`b\` 'c' "d" \\ %s 주문` })
  const twoInOne = startEmbeddedPostgres({ dataDir, durable: false, settings: { 'fsync=off -c port': '1' } })
  await expect(twoInOne).rejects.toThrow('Not a setting of PostgreSQL')

  const settings = { 'jumun.motto': `it's $(exit 1) "d" \\ 주문` }
  const postgres = await startEmbeddedPostgres({ dataDir, durable: false, settings })
  const [found] = await onServer(postgres.url, "select current_setting('jumun.motto') as motto")
  expect(found.motto).toBe(settings['jumun.motto'])
  await postgres.stop()
})

test.each(['a', '', 'g'.repeat(48), '\0'.repeat(48)])(
  'the kept password %j, which has the wrong form, is refused in one line that names its file, before the server starts',
  async (content) => {
    const dataDir = await temporaryDataDir(onTestFinished, { name: 'data' })
    const passwordFile = join(dataDir, 'postgres.password')
    await mkdir(join(dataDir, 'postgres'), { recursive: true })
    await writeFile(join(dataDir, 'postgres', 'PG_VERSION'), '18')
    await writeFile(passwordFile, content)
    const error = await startEmbeddedPostgres({ dataDir }).catch((failure: unknown) => failure)
    expect(error).toBeInstanceOf(EmbeddedPostgresError)
    expect(String(error)).toContain(`${passwordFile} does not hold the password`)
    expect(String(error)).not.toContain('\n')
  },
)

test('a server that cannot start reports the cause in one line with the end of its log, and starts after the cause is fixed', async () => {
  const dataDir = await temporaryClusterDir(onTestFinished, { name: 'data' })
  const start = startEmbeddedPostgres({ dataDir, durable: false, settings: { shared_buffers: 'plenty' } })
  const error = await start.catch((failure: unknown) => failure)
  if (!(error instanceof EmbeddedPostgresError)) throw error
  expect(error.message).toContain('invalid value for parameter "shared_buffers": "plenty"')
  expect(error.message).not.toContain('\n')
  expect(error.logTail).toContain('FATAL')

  const postgres = await startEmbeddedPostgres({ dataDir, durable: false })
  await postgres.stop()
})

test('a directory with files of another kind is left unchanged', async () => {
  const dataDir = await temporaryDataDir(onTestFinished, { name: 'data' })
  const otherFile = join(dataDir, 'postgres', 'letter.txt')
  await mkdir(join(dataDir, 'postgres'), { recursive: true })
  await writeFile(otherFile, 'dear database')
  await expect(startEmbeddedPostgres({ dataDir })).rejects.toThrow('holds files, but no PostgreSQL database')
  expect(await readFile(otherFile, 'utf8')).toBe('dear database')
})

test('the log is rotated when it exceeds 10 MiB', async () => {
  const dataDir = await temporaryClusterDir(onTestFinished, { name: 'data' })
  const log = join(dataDir, 'postgres.log')
  await mkdir(dataDir, { recursive: true })
  await writeFile(log, '')
  await truncate(log, 11 * 1024 * 1024)
  const postgres = await startEmbeddedPostgres({ dataDir, durable: false })
  await postgres.stop()
  expect((await stat(log)).size).toBeLessThan(100_000)
  expect((await stat(`${log}.1`)).size).toBe(11 * 1024 * 1024)
})
