import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, readFile, readlink, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { issueToken } from '@jumun/api'
import { createJumunClient } from '@jumun/client'
import { freePort } from '@jumun/test-kit/ports'
import { makeBase } from './base.ts'
import { commandsOf, ROOT } from './commands.ts'
import { query, type Server, startPostgres } from './postgres.ts'
import { endCommands, run, start } from './run.ts'
import { writeWrappers } from './wrappers.ts'

/**
 * `npm run test:image [-- --base <folder>]`: runs every command of the chapters Deploy and Upgrade of docs/operations.md in order: builds the
 * image, starts it, places an order, backs up, migrates, stops it, reverts and restores. Exits with 1 if something does not hold.
 */

const PROGRAMS = ['buildah', 'podman', 'crun', 'debootstrap']
const ACCOUNT = '10001'
const TOKEN_SECONDS = 3_600

type Environment = Record<string, string>

let stopService = async (): Promise<void> => {}

const { values } = parseArgs({ options: { base: { type: 'string' } } })
checkMachine()
const directory = await mkdtemp(join(tmpdir(), 'jumun-image-'))
await using stops = new AsyncDisposableStack()
let stopping: Promise<void> | undefined
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    endCommands()
    stopping ??= stops.disposeAsync()
  })
stops.defer(() => rm(directory, { recursive: true, force: true }))
await chmod(directory, 0o711)
const postgres = await startPostgres(directory)
stops.defer(postgres.stop)
const env = await environment(postgres)
// A build that was stopped leaves a container and a mount.
const removal = `buildah rm --all; podman rmi --all --force; umount --recursive "${directory}/images/overlay"; true`
stops.defer(() => void execFileSync('sh', ['-c', removal], { env, stdio: 'ignore' }))
try {
  await makeBase(resolve(values.base ?? join(directory, 'base')), env)
  await deploy()
  await upgrade()
  process.stderr.write('The image and every command of the chapters hold.\n')
} catch (error) {
  if (!stopping) throw error
  await stopping
  process.exitCode = 130
}

/** Throws one line that says where this cannot run. */
function checkMachine(): void {
  const isMissing = PROGRAMS.filter((name) => !existsSync(`/usr/bin/${name}`) && !existsSync(`/usr/sbin/${name}`))
  const needs = `test:image needs root on Debian, and apt-get install ${PROGRAMS.join(' ')} postgresql`
  if (process.getuid?.() !== 0 || !existsSync('/usr/lib/postgresql') || isMissing.length > 0) {
    process.stderr.write(`NOT RUN: ${needs}\n`)
    process.exit(1)
  }
}

async function environment({ url, superuserUrl }: Server): Promise<Environment> {
  const port = await freePort()
  const store = execFileSync('pnpm', ['store', 'path'], { cwd: ROOT, encoding: 'utf8' }).trim()
  const wrappers = await writeWrappers(directory, { port, store: dirname(store) })
  const restored = new URL(url)
  restored.pathname = '/jumun_restored'
  const certificates = process.env['NODE_EXTRA_CA_CERTS']
  return {
    PATH: `${wrappers}:${process.env['PATH']}`,
    HOME: process.env['HOME'] ?? '/root',
    STORAGE_DRIVER: process.env['STORAGE_DRIVER'] ?? 'overlay',
    BUILDAH_ISOLATION: 'chroot',
    ...(certificates === undefined ? {} : { NODE_EXTRA_CA_CERTS: certificates }),
    SETTINGS_FILE: join(directory, 'jumun.env'),
    BACKUP_FILE: join(directory, 'before-upgrade.dump'),
    SUPERUSER_URL: superuserUrl,
    SHOP_PASSWORD: 'letters1',
    DATABASE_URL: url,
    PRIMARY_URL: url,
    RESTORED_URL: restored.href,
    DATA_PLATFORM_URL: 'http://127.0.0.1:9',
    JUMUN_URL: `http://127.0.0.1:${port}`,
  }
}

async function deploy(): Promise<void> {
  for (const command of commandsOf('Deploy')) {
    if (isService(command)) await startService(command)
    else await run(command, ROOT, env)
  }
  await checkContainer()
  await placeOrder()
}

async function upgrade(): Promise<void> {
  // So that something is pending, as after an upgrade of the program.
  await run('npm run -s migrate -- down --yes', ROOT, env)
  let isPending = true
  for (const command of commandsOf('Upgrade')) {
    if (command.endsWith('migrate -- down --yes')) await stopService()
    await run(command, ROOT, env, isPending && command.endsWith('migrate -- status') ? 3 : 0)
    if (command.endsWith('migrate -- up')) isPending = false
  }
  for (const url of [env['DATABASE_URL'], env['RESTORED_URL']]) {
    const row = await query(`${url}`, 'select count(*)::int from "order"')
    if (row?.['count'] !== 1) throw new Error(`${url} has ${row?.['count']} orders instead of one.`)
  }
}

/** Whether a command runs the API until it is stopped. */
function isService(command: string): boolean {
  return command.startsWith('podman run ') && command.endsWith(' jumun')
}

async function startService(command: string): Promise<void> {
  const service = start(command, ROOT, env)
  service.stdout?.pipe(process.stderr)
  const ended = once(service, 'close')
  stops.defer(async () => {
    service.kill('SIGTERM')
    await ended
  })
  stopService = async () => {
    service.kill('SIGTERM')
    const [code] = await ended
    if (code !== 0) throw new Error(`The container ended with ${code} on SIGTERM.`)
    process.stderr.write('The container ended with 0 on SIGTERM.\n')
  }
}

/** Looks from outside at the process that runs in the container. */
async function checkContainer(): Promise<void> {
  const id = (await run('podman ps --quiet', ROOT, env)).trim()
  const inspect = async (format: string) => (await run(`podman inspect --format '${format}' ${id}`, ROOT, env)).trim()
  const proc = `/proc/${await inspect('{{.State.Pid}}')}`
  const status = await readFile(`${proc}/status`, 'utf8')
  const field = (name: string) => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1]?.split(/\s+/) ?? []
  const mounts = await readFile(`${proc}/mountinfo`, 'utf8')
  const found = {
    'its program': await readlink(`${proc}/exe`),
    'its number in the container': field('NSpid').at(-1),
    'its account': field('Uid').join(' '),
    'its capabilities': field('CapEff')[0],
    'no new privileges': field('NoNewPrivs')[0],
    'its root': /^\S+ \S+ \S+ \S+ \/ (r[ow])\b/m.exec(mounts)?.[1],
  }
  const expected = {
    'its program': '/usr/local/bin/node',
    'its number in the container': '1',
    'its account': Array(4).fill(ACCOUNT).join(' '),
    'its capabilities': '0'.repeat(16),
    'no new privileges': '1',
    'its root': 'ro',
  }
  process.stderr.write(`${JSON.stringify(found, null, 2)}\n`)
  for (const [name, value] of Object.entries(expected)) {
    const actual = found[name as keyof typeof found]
    if (actual !== value) throw new Error(`In the container, ${name} is ${actual} instead of ${value}.`)
  }
  const test = await run(`podman image inspect --format '{{json .HealthCheck.Test}}' jumun`, ROOT, env)
  const check = (JSON.parse(test) as string[]).slice(1).map((word) => `'${word}'`)
  await run(`podman exec ${id} ${check.join(' ')}`, ROOT, env)
}

/** A member orders over HTTP, and sees the pages of the shop. */
async function placeOrder(): Promise<void> {
  const settings = await readFile(`${env['SETTINGS_FILE']}`, 'utf8')
  const authSecret = /^AUTH_SECRET=(.*)$/m.exec(settings)?.[1] ?? ''
  const url = `${env['JUMUN_URL']}`
  const client = async (memberId: string, role: 'member' | 'admin') => {
    const token = await issueToken(authSecret, { memberId, role, expiresInSeconds: TOKEN_SECONDS })
    return { token, client: createJumunClient({ url, token }) }
  }
  const admin = await client('operator', 'admin')
  env['JUMUN_TOKEN'] = admin.token
  const { ids } = await admin.client.product.create.mutate({ items: [{ name: 'Tea', price: 1_000, stock: 10 }] })
  await admin.client.point.charge.mutate({ memberId: 'mina', amount: 10_000 })
  const mina = (await client('mina', 'member')).client
  const items = ids.map((productId) => ({ productId, quantity: 2 }))
  const order = await mina.order.place.mutate({ memberId: 'mina', items })
  if (order.status !== 'PAID' || order.total !== 2_000) throw new Error(`The order is ${JSON.stringify(order)}.`)
  const page = await fetch(url, { headers: { accept: 'text/html' } })
  if (!page.ok || !(await page.text()).includes('/assets/')) throw new Error('The image serves no pages.')
  process.stderr.write(`Order ${order.id} was placed in the container.\n`)
}
