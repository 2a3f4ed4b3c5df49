import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AUDIT_ANSWER_MS, readSettings } from '@jumun/api'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { CHAPTERS, commandsOf, ROOT } from '../commands.ts'

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')

/** What one process of the API accepts. */
const STREAMS_MAX = 10_000

interface Service {
  image: string
  command?: string[]
  environment: Record<string, string>
  networks: Record<string, { ipv4_address?: string }>
  volumes?: string[]
  ports?: string[]
  ulimits?: { nofile: number }
  stop_grace_period?: string
}

const text = read('ops/compose.yaml')
const compose: { services: Record<string, Service>; volumes: object } = parse(text, { merge: true })
const { services } = compose
const containerfile = read('ops/image/Containerfile')

/** What the person who brings it up gives. */
const GIVEN = {
  POSTGRES_PASSWORD: 'letters1',
  SHOP_PASSWORD: 'letters2',
  AUTH_SECRET: 'a'.repeat(64),
  DATA_PLATFORM_URL: 'https://platform.test',
  DATA_PLATFORM_SECRET: `whsec_${'a'.repeat(44)}`,
}

const isGiven = (name: string): name is keyof typeof GIVEN => Object.hasOwn(GIVEN, name)
const fill = (value: string) => value.replace(/\$\{(\w+):\?\}/g, (all, name) => (isGiven(name) ? GIVEN[name] : all))
const settingsOf = ({ environment }: Service) =>
  Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, fill(value)]))
const addressOf = (name: string) => services[name]?.networks['shop']?.ipv4_address

const apis = Object.keys(services).filter((name) => services[name]?.image === 'jumun')

test('the compose file starts three processes of the API after a migration', () => {
  expect(apis).toEqual(['migrate', 'api-1', 'api-2', 'api-3'])
})

test.each(apis)('every environment variable of the service %s is a setting with a valid value', (name) => {
  const settings = settingsOf(services[name] as Service)
  const known = readSettings(settings)
  for (const setting of Object.keys(settings)) expect(known).toHaveProperty(setting)
  expect(JSON.stringify(settings)).not.toContain('$')
})

test('what the compose file needs from outside is named at its top', () => {
  const needed = new Set([...text.matchAll(/\$\{(\w+):\?\}/g)].map(([, name]) => name))
  expect([...needed].sort()).toEqual(Object.keys(GIVEN).sort())
  const [top = ''] = text.split('\n\n')
  for (const name of needed) expect(top).toContain(name)
})

test('addresses and ports in the compose file belong to each other', () => {
  const port = /\bPORT=(\d+)/.exec(containerfile)?.[1]
  const { haproxy, ...others } = services
  for (const index of [1, 2, 3])
    expect(haproxy?.environment[`JUMUN_API_${index}`]).toBe(`${addressOf(`api-${index}`)}:${port}`)
  const published = haproxy?.ports?.map((one) => one.split(':').at(-1))
  expect(published).toEqual([haproxy?.environment['JUMUN_BIND']?.split(':')[1]])
  for (const name of apis) {
    const { DATABASE_URL, TRUST_PROXY } = others[name]?.environment ?? {}
    expect(new URL(fill(DATABASE_URL ?? '')).hostname).toBe(addressOf('database'))
    expect(TRUST_PROXY).toBe(addressOf('haproxy'))
  }
  const addresses = Object.keys(services)
    .map(addressOf)
    .filter((address) => address !== undefined)
  expect(new Set(addresses).size).toBe(addresses.length)
})

test('HAProxy gets every variable that its recipe reads, and the files that it has', () => {
  const recipe = read('ops/haproxy/haproxy.cfg')
  const { environment = {}, volumes = [], ulimits } = services['haproxy'] ?? {}
  const needed = new Set([...recipe.matchAll(/\$\{(\w+)(?:\[\*\])?\}/g)].map(([, name]) => name))
  expect(Object.keys(environment).sort()).toEqual([...needed].sort())
  const mounted = volumes.map((one) => one.split(':') as [string, string])
  for (const [path] of mounted) expect(existsSync(join(ROOT, 'ops', path))).toBe(true)
  expect(mounted.map(([, target]) => target)).toContain(environment['JUMUN_ERRORS'])
  expect(ulimits?.nofile).toBeGreaterThanOrEqual(2 * 3 * STREAMS_MAX)
})

test('HAProxy waits for an audit at least as long as the API does', () => {
  const seconds = Number(/set-timeout server (\d+)s if .*admin\.audit/.exec(read('ops/haproxy/haproxy.cfg'))?.[1])
  expect(seconds * 1000).toBeGreaterThanOrEqual(AUDIT_ANSWER_MS)
})

test('the compose file gives the processes as long to stop as the systemd unit does', () => {
  const seconds = /^TimeoutStopSec=(\d+)$/m.exec(read('ops/systemd/jumun@.service'))?.[1]
  for (const name of apis) expect(services[name]?.stop_grace_period).toBe(`${seconds}s`)
})

test('the compose file creates the role and the database of the shop with the statements of the chapter Deploy', () => {
  const [, statements = ''] = /<<'SQL'\n([\s\S]*)^SQL$/m.exec(read('ops/postgres/create-shop.sh')) ?? []
  const documented = commandsOf('Deploy').flatMap((command) => /^psql .*--command="(.*)"$/.exec(command)?.[1] ?? [])
  const given = documented.map((statement) => `${statement.replace("'$SHOP_PASSWORD'", ":'password'")};\n`)
  expect(given.join('')).toBe(statements)
  expect(services['database']?.volumes).toContainEqual(
    expect.stringContaining('create-shop.sh:/docker-entrypoint-initdb.d/'),
  )
})

test('the volumes that are named exist', () => {
  const named = Object.values(services).flatMap(({ volumes = [] }) => volumes.map((one) => one.split(':')[0] ?? ''))
  expect(named.filter((one) => !one.startsWith('.'))).toEqual(Object.keys(compose.volumes))
})

test('the programs that image and compose file run exist', () => {
  const files = [services['migrate']?.command?.[1], /^CMD \["node", "(\S+)"\]$/m.exec(containerfile)?.[1]]
  for (const file of files) expect(existsSync(join(ROOT, `${file}`))).toBe(true)
})

test('the image has the Node.js of .node-version and the packages that the API needs', () => {
  expect(/^ARG BASE=\S+\/node:([\d.]+)-/m.exec(containerfile)?.[1]).toBe(read('.node-version').trim())
  const copied = [...containerfile.matchAll(/^COPY (packages\/\S+|apps\/api) \1$/gm)].map(([, path]) => path)
  expect(copied.sort()).toEqual([...workspaceOf('apps/api')].sort())
})

/** The folders of a package and of the workspace packages that it needs to run. */
function workspaceOf(folder: string, found = new Set<string>()): Set<string> {
  if (found.has(folder)) return found
  found.add(folder)
  const { dependencies } = JSON.parse(read(`${folder}/package.json`)) as { dependencies: Record<string, string> }
  for (const name of Object.keys(dependencies).filter((one) => one.startsWith('@jumun/')))
    workspaceOf(`packages/${name.slice('@jumun/'.length)}`, found)
  return found
}

test('the image runs Node.js itself, as an account that is not root', () => {
  expect(containerfile).toMatch(/^USER [1-9]\d*:[1-9]\d*$/m)
  expect(containerfile).toMatch(/^CMD \["node", /m)
})

test('the environment of the image has settings only', () => {
  const [, line = ''] = /^ENV (.*)$/m.exec(containerfile) ?? []
  const given = Object.fromEntries(line.split(' ').map((one) => one.split('=') as [string, string]))
  const { NODE_ENV, ...settings } = given
  expect(NODE_ENV).toBe('production')
  expect(readSettings(settings)).toMatchObject({ HOST: '0.0.0.0', PORT: 3000 })
  for (const name of Object.keys(settings)) expect(readSettings(settings)).toHaveProperty(name)
})

test('no recipe names a registry of packages or a path of one machine', () => {
  for (const recipe of [containerfile, text, read('.containerignore')])
    expect(recipe).not.toMatch(/https?:\/\/(?!127\.0\.0\.1|\$)|registry|\/root\/|\/home\//)
})

test.each(CHAPTERS)('every command of the chapter %s is one that test:image runs', (chapter) => {
  const [, section = ''] = new RegExp(`^## ${chapter}\n([\\s\\S]*?)^## `, 'm').exec(read('docs/operations.md')) ?? []
  // Another kind of block would be overlooked.
  const fences = [...section.matchAll(/^ *```(\w*)$/gm)].map(([, kind]) => kind)
  expect(fences.filter((_, index) => index % 2 === 0)).toEqual(Array(fences.length / 2).fill('sh'))
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  const commands = commandsOf(chapter)
  expect(commands.length).toBeGreaterThan(0)
  for (const command of commands) {
    const [, script] = /^npm run (?:-s )?(\S+)/.exec(command) ?? []
    if (script !== undefined) expect(scripts).toHaveProperty(script)
  }
})
