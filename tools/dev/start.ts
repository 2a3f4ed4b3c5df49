import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import {
  canSignInAsAnyone,
  createLogger,
  explainStartError,
  issueToken,
  limitHeapGrowth,
  readSecrets,
  readSettings,
  type Settings,
  startApi,
} from '@jumun/api'
import { EXAMPLE_MEMBER_ID } from '@jumun/contract'
import { createSignInCode } from '@jumun/domain'
import { seedDemo } from './seed-demo.ts'

/**
 * `npm start`: the API in this process, and the mock data platform in a child process that exits when this one does, even
 * after a crash.
 */

const DEMO_TOKEN_SECONDS = 7 * 86_400

/** The admin who is signed in by the link to the console. */
const OPERATOR_ID = 'operator'

/** Lets members charge their own points, and keeps the screen free of routine log lines. */
const DEVELOPMENT_DEFAULTS = { ALLOW_SELF_CHARGE: 'true', LOG_LEVEL: 'warn' }

const MOCK_DATA_PLATFORM = fileURLToPath(new URL('main.ts', import.meta.resolve('@jumun/mock-data-platform')))

/** What was started. Disposing of it stops everything in reverse order. */
const started = new AsyncDisposableStack()

let stopping = false

// The terminal may close before this process has stopped; the failed write must not crash it.
process.stdout.on('error', () => {})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop())

limitHeapGrowth()

const starting = start()
try {
  const text = await starting
  if (!stopping) process.stdout.write(text)
} catch (error) {
  process.stderr.write(`${explainStartError(error)}\n`)
  process.exitCode = 1
  await started.disposeAsync()
}

/** Starts everything and returns the welcome text. */
async function start(): Promise<string> {
  const settings = readDevelopmentSettings()
  const mockUrl = process.env['DATA_PLATFORM_URL'] ? undefined : await startMockDataPlatform(settings)
  const dataPlatform = { DATA_PLATFORM_URL: mockUrl ?? settings.DATA_PLATFORM_URL }
  const api = await startApi({ ...settings, ...dataPlatform }, createLogger(settings.LOG_LEVEL))
  started.defer(api.stop)
  const productId = await seedDemo(api.services.em)
  const token = await issueToken(api.authSecret, {
    memberId: EXAMPLE_MEMBER_ID,
    role: 'member',
    expiresInSeconds: DEMO_TOKEN_SECONDS,
  })
  const { em } = api.services
  const shopCode = await createSignInCode(em, { memberId: EXAMPLE_MEMBER_ID, role: 'member' })
  const consoleCode = await createSignInCode(em, { memberId: OPERATOR_ID, role: 'admin' })
  return welcome({ url: api.url, mockUrl, token, productId, shopCode, consoleCode })
}

/** With a sign-in as anyone, where only people at this machine can reach it. */
function readDevelopmentSettings(): Settings {
  const settings = readSettings({ ...DEVELOPMENT_DEFAULTS, ...process.env })
  const DEV_SIGN_IN = String(canSignInAsAnyone(settings))
  return readSettings({ ...DEVELOPMENT_DEFAULTS, DEV_SIGN_IN, ...process.env })
}

/** Waits for a start in progress, because a complete start is easier to undo than a partial one. */
async function stop(): Promise<void> {
  if (stopping) return
  stopping = true
  process.stdout.write('\nStopping: finishing the running calls.\n')
  const isComplete = await starting.then(
    () => true,
    () => false,
  )
  if (!isComplete) return
  await started.disposeAsync()
  process.stdout.write('Stopped. The data is kept for the next start.\n')
}

/**
 * Starts it in its own process group: Ctrl-C must not stop it before the API has delivered its last events.
 *
 * @returns its address
 */
async function startMockDataPlatform(settings: Settings): Promise<string> {
  const { DATA_DIR, MOCK_DATA_PLATFORM_PORT } = settings
  const { dataPlatformSecret } = await readSecrets(settings)
  const child = spawn(process.execPath, [MOCK_DATA_PLATFORM], {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: {
      ...process.env,
      DATA_DIR,
      HOST: '127.0.0.1',
      MOCK_DATA_PLATFORM_PORT: String(MOCK_DATA_PLATFORM_PORT),
      DATA_PLATFORM_SECRET: dataPlatformSecret,
    },
  })
  let errorOutput = ''
  child.stderr?.on('data', (chunk) => {
    errorOutput += chunk
  })
  const url = await Promise.race([untilReady(child), once(child, 'close').then(() => undefined)])
  if (url === undefined) throw new Error(errorOutput.replace(/^mock data platform: /, '').trim())
  child.stderr?.pipe(process.stderr)
  started.defer(() => stopChild(child))
  return url
}

/** Under `npm run dev` the child first reports the files that it imports. They go on to `node --watch`, which restarts at their changes. */
function untilReady(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.on('message', (message: { url?: string }) => (message.url ? resolve(message.url) : process.send?.(message)))
  })
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  await exited
}

function welcome(shop: {
  url: string
  mockUrl: string | undefined
  token: string
  productId: number
  shopCode: string
  consoleCode: string
}): string {
  const { url, mockUrl, token, productId, shopCode, consoleCode } = shop
  const order = JSON.stringify({ memberId: EXAMPLE_MEMBER_ID, items: [{ productId, quantity: 2 }] })
  return `
Jumun is ready. Ctrl-C stops it.

  Shop           ${url}/#code=${shopCode}
  Console        ${url}/console#code=${consoleCode}
                 (each link signs in once, within ten minutes)
  API            ${url}   (tRPC at /trpc, REST at /api, its description at /docs)
${mockUrl === undefined ? '' : `  Data platform  ${mockUrl}   (a mock: GET /v1/orders/{orderId} shows what arrived)\n`}
Member "${EXAMPLE_MEMBER_ID}" has points. Its token, good for seven days:

${token}

Place an order:

curl -s ${url}/api/order -H 'content-type: application/json' \\
  -H 'authorization: Bearer ${token}' \\
  -d '${order}'

`
}
