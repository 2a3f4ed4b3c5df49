import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'
import { gzipSync } from 'node:zlib'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { procedures } from '@jumun/contract'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { publint } from 'publint'
import { rolldown } from 'rolldown'
import { beforeAll, expect, test } from 'vitest'
import { type Documented, readDocstrings } from '../test-support/docstrings.ts'
import { openInEditor } from '../test-support/editor.ts'
import {
  contentsOf,
  copyOf,
  dryPublish,
  pack,
  runIn,
  sha1Of,
  trpcVersions,
  useInstalledClient,
} from '../test-support/installed.ts'
import { useRealApi } from '../test-support/real-api.ts'

const DECLARATIONS_MAX_BYTES = 110_000
const EDITOR_MAX_MS = 1_000
/** Of which a third follows changes: streams, polls, and what decides between them. */
const GZIPPED_MAX_BYTES = 8_000
const README_URL = 'http://127.0.0.1:3000'
const FOR_BUNDLERS = ['--types', '', '--module', 'esnext', '--moduleResolution', 'bundler']
const UUID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/

const api = useRealApi()
const { own: project, projects, parent } = useInstalledClient()

/** The program of the readme, with the address of the API under test. */
let firstOrder = ''
beforeAll(async () => {
  const readme = await readFile(join(project.client, 'README.md'), 'utf8')
  const [, program = ''] = /```ts\n(.*?)```/s.exec(readme) ?? []
  firstOrder = program.replace(README_URL, api.url())
  const admin = api.admin()
  await admin.product.create.mutate({ items: [{ name: 'Hallabong tea', price: 1_000, stock: 100 }] })
  await admin.point.charge.mutate({ memberId: 'demo', amount: 100_000 })
})

function save(name: string, program: string, dir = project.dir): Promise<void> {
  return writeFile(join(dir, name), program)
}

/** A type test as a program of the project. */
function asProgram(test: string): string {
  return `${test
    .replace('../../src/index.ts', '@jumun/client')
    .replace('../../src/trpc.ts', '@jumun/client/trpc')
    .replace("import { expectTypeOf, test } from 'vitest'", "import { expectTypeOf } from 'expect-type'")}
    declare function test(name: string, body: () => unknown): void`
}

/** Compiles files with `tsc --strict`, which checks the declarations of the packages too. */
function compile(names: string[], options: string[], dir = project.dir) {
  return runIn(dir, 'tsc', ['--strict', '--noEmit', '--target', 'es2022', ...options, ...names])
}

test('the program of the readme is short, compiles strictly and places an order', async () => {
  expect(firstOrder.trim().split('\n').filter(Boolean)).toHaveLength(9)
  await save('first-order.mts', `${firstOrder}declare const process: { env: Record<string, string | undefined> }`)
  await compile(['first-order.mts'], ['--types', '', '--module', 'nodenext'])
  await save('first-order.mts', firstOrder)
  const { stdout } = await runIn(project.dir, 'node', ['first-order.mts'], { JUMUN_TOKEN: await api.token('demo') })
  const [orderId = '', total] = stdout.trim().split(' ')
  expect(orderId).toMatch(UUID)
  expect(total).toBe('2000')
  expect(await api.admin().order.byId.query({ orderId })).toMatchObject({
    memberId: 'demo',
    status: 'PAID',
    total: 2_000,
  })
})

test('the installed client passes the type tests, and every example compiles', async () => {
  const usage = await readFile(new URL('types/usage.test.ts', import.meta.url), 'utf8')
  await save('usage.ts', asProgram(usage))
  const documented = await docstringsOf('index.d.ts')
  const examples = documented.flatMap(({ example }) => (example === undefined ? [] : [example]))
  const imported = documented.filter(({ isExported }) => isExported).map(({ name }) => name)
  const given = `
    declare const jumun: JumunClient, order: Order, orderId: string, error: unknown
    declare const session: { token: string; renew(): Promise<string> }`
  const blocks = examples.map((example) => `async () => {\n${example}\n}`)
  await save('examples.ts', `import { ${imported.join(', ')} } from '@jumun/client'\n${given}\n${blocks.join('\n')}`)
  await compile(['usage.ts', 'examples.ts'], FOR_BUNDLERS)
})

test.each(trpcVersions)(
  'the installed client passes the type tests for tRPC with the %s version of tRPC',
  async (version) => {
    const { dir } = projects[version]
    const usage = await readFile(new URL('types/trpc.test.ts', import.meta.url), 'utf8')
    await save('trpc.ts', asProgram(usage), dir)
    // tRPC's own declarations import those of Node and ws.
    await compile(['trpc.ts'], [...FOR_BUNDLERS, '--skipLibCheck'], dir)
  },
)

test.each(trpcVersions)('the installed client places an order with the %s version of tRPC', async (version) => {
  const { dir } = projects[version]
  await save('first-order.mts', firstOrder, dir)
  const { stdout } = await runIn(dir, 'node', ['first-order.mts'], { JUMUN_TOKEN: await api.token('demo') })
  expect(stdout).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27} 2000\n$/)
})

test('an editor completes and describes a call within a second in a project that it has not opened before', async () => {
  const program = `import { createJumunClient } from '@jumun/client'
    const jumun = createJumunClient({ url: 'http://127.0.0.1:3000' })
    jumun.order.place.mutate
    jumun.order.`
  const { completions, hover, ms } = await openInEditor(await copyOf(project, parent.dir), program)
  expect(completions).toEqual(['place', 'cancel', 'byId', 'list'])
  expect(hover).toContain('Place an order.')
  expect(hover).toContain('`OUT_OF_STOCK`')
  expect(ms).toBeLessThan(scaleByLoad(EDITOR_MAX_MS))
})

test('npm pack, pnpm pack and pnpm publish create the same package without scripts', async () => {
  const [npm, pnpm] = [await pack('npm', parent.dir), await pack('pnpm', parent.dir)]
  const contents = await contentsOf(npm, parent.dir)
  expect(contents).toMatchObject({ 'index.js': expect.any(String), 'index.d.ts': expect.any(String) })
  expect(await contentsOf(pnpm, parent.dir)).toEqual(contents)
  expect(await dryPublish()).toEqual({ shasum: await sha1Of(pnpm), files: Object.keys(contents) })
})

test('bundled for a browser it places an order with the globals of browsers only', async () => {
  const program = `
    import { createJumunClient } from '@jumun/client'
    const jumun = createJumunClient({ url, token })
    globalThis.done = jumun.order.place.mutate({ memberId: 'demo', items: [{ productId: 1, quantity: 1 }] })
  `
  await save('page.js', program)
  await using build = await rolldown({ input: join(project.dir, 'page.js'), platform: 'browser' })
  const { output } = await build.generate({ format: 'iife' })
  const [{ code }] = output
  expect(output).toHaveLength(1)
  const page: Record<string, unknown> = { url: api.url(), token: await api.token('demo') }
  for (const name of ['fetch', 'URL', 'AbortController', 'AbortSignal', 'setTimeout', 'clearTimeout', 'crypto']) {
    page[name] = Reflect.get(globalThis, name)
  }
  runInNewContext(code, Object.assign(page, { performance }))
  expect(await page['done']).toMatchObject({ status: 'PAID', total: 1_000 })
})

test('CommonJS can require the package', async () => {
  const program =
    "for (const name of ['@jumun/client', '@jumun/client/trpc']) console.log(Object.keys(require(name)).sort())"
  await save('program.cjs', program)
  const { stdout } = await runIn(project.dir, 'node', ['program.cjs'])
  expect(stdout).toBe("[ 'JumunError', 'createJumunClient', 'isJumunError' ]\n[ 'asTRPCClient' ]\n")
})

test('tRPC 11 is a peer dependency, and there are no other dependencies', async () => {
  const { dependencies, peerDependencies } = JSON.parse(await readFile(join(project.client, 'package.json'), 'utf8'))
  expect(peerDependencies).toEqual({ '@trpc/client': '^11', '@trpc/server': '^11' })
  expect(dependencies).toBeUndefined()
})

test('the declarations are small and contain nothing of the server', async () => {
  const [main = '', trpc = ''] = await Promise.all(
    ['index.d.ts', 'trpc.d.ts'].map((name) => readFile(join(project.client, name), 'utf8')),
  )
  expect(Buffer.byteLength(main + trpc)).toBeLessThan(DECLARATIONS_MAX_BYTES)
  expect(main + trpc).not.toMatch(/mikro|fastify|zod/i)
  const modulesOf = (text: string) => [...text.matchAll(/\b(?:from|import\() ?"(.*?)"/g)].map(([, name]) => name)
  expect(modulesOf(main)).toEqual([])
  expect(modulesOf(trpc).sort()).toEqual(['@jumun/client', '@trpc/client', '@trpc/server'])
})

/** The docstrings of all declarations in these files of the installed client. */
async function docstringsOf(...names: string[]): Promise<Documented[]> {
  const files = await Promise.all(names.map((name) => readFile(join(project.client, name), 'utf8')))
  return files.flatMap(readDocstrings)
}

test('every export has a description and an example', async () => {
  const exported = (await docstringsOf('index.d.ts', 'trpc.d.ts')).filter(({ isExported }) => isExported)
  expect(exported.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['createJumunClient', 'JumunError', 'Order', 'PointBalance', 'ListOptions', 'asTRPCClient']),
  )
  expect(exported.filter(({ text, example }) => !text || !example)).toEqual([])
})

test('every field has a description', async () => {
  const fields = (await docstringsOf('index.d.ts')).filter(({ name }) => name.includes('.'))
  expect(fields.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      'Order.total',
      'JumunError.code',
      'Problems.OUT_OF_STOCK.shortages',
      'JumunLists.orders',
      'Query.query',
    ]),
  )
  expect(fields.filter(({ text }) => !text)).toEqual([])
})

test('every procedure has a description, and its call has an example', async () => {
  const seen: string[] = []
  for (const { name, text, example } of await docstringsOf('index.d.ts')) {
    const [, Group = '', procedure, call] = /^(\w+)Procedures\.(\w+)(\.query|\.mutate)?$/.exec(name) ?? []
    if (!procedure) continue
    expect(text).toMatch(/^[A-Z].*\./)
    if (!call) continue
    expect(example).toContain(`await jumun.${Group.toLowerCase()}.${procedure}${call}(`)
    seen.push(`${Group.toLowerCase()}.${procedure}`)
  }
  const called = Object.entries(procedures).filter(([, { stream }]) => !stream)
  expect(seen.sort()).toEqual(called.map(([name]) => name).sort())
})

test('the code is small, and the package contains no other files', async () => {
  const [main, trpc] = await Promise.all(['index.js', 'trpc.js'].map((name) => readFile(join(project.client, name))))
  expect(gzipSync(`${main}${trpc}`).byteLength).toBeLessThan(GZIPPED_MAX_BYTES)
  const files = await readdir(project.client)
  expect(files.sort()).toEqual([
    'LICENSE',
    'README.md',
    'index.d.ts',
    'index.js',
    'package.json',
    'trpc.d.ts',
    'trpc.js',
  ])
})

test('publint reports nothing', async () => {
  const { messages } = await publint({ pkgDir: project.client, strict: true })
  expect(messages).toEqual([])
})

test('the types are correct for every way to import an ES module', async () => {
  const result = await checkPackage(createPackageFromTarballData(await readFile(parent.tarball)))
  if (result.types === false) return expect.unreachable()
  // Before Node.js 20.19 `require` cannot load an ES module. Supporting it would need a second copy of the code.
  expect(result.problems.filter(({ kind }) => kind !== 'CJSResolvesToESM')).toEqual([])
})
