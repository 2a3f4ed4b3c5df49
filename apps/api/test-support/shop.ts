import { spawnSync } from 'node:child_process'
import type { OrderView } from '@jumun/contract'
import { freePort } from '@jumun/test-kit/ports'
import { type Program, programs, startProgram } from '@jumun/test-kit/program'
import { expect, onTestFinished, vi } from 'vitest'
import { leftOver } from './left-over.ts'

/** How long programs may take to end after a signal. */
const END_TIMEOUT_MS = 8_000

/** What `npm start` runs, once it is ready. */
export interface Shop {
  program: Program
  url: string
  platformUrl: string
  /** The demo member's. */
  token: string
  /** From its start until it was ready. */
  readyAfterMs: number
  /** The command that places an order, as it is printed. */
  command: string
  get(path: string): Promise<unknown>
  /** Resolves when nothing of it runs. */
  isGone(): Promise<void>
}

/** Runs the script of `npm start` without waiting for it. */
export async function runShop(
  dataDir: string,
  { env, under }: { env?: Record<string, string>; under?: string[] } = {},
) {
  const MOCK_DATA_PLATFORM_PORT = String(await freePort())
  const settings = { DATA_DIR: dataDir, PORT: '0', MOCK_DATA_PLATFORM_PORT, ...env }
  const program = startProgram(programs.start, {
    env: settings,
    ...(under ? { under } : {}),
    detached: true,
    cleanUp: onTestFinished,
  })
  return { program, platformPort: Number(settings.MOCK_DATA_PLATFORM_PORT) }
}

/** Runs the script of `npm start` and waits until it is ready. */
export async function startShop(
  dataDir: string,
  options: { env?: Record<string, string>; under?: string[] } = {},
): Promise<Shop> {
  const started = performance.now()
  const { program, platformPort } = await runShop(dataDir, options)
  await program.waitFor(/\n\n$/)
  const readyAfterMs = performance.now() - started
  const [, url = ''] = /API +(\S+)/.exec(program.stdout) ?? []
  const [, platformUrl = ''] = /Data platform +(\S+)/.exec(program.stdout) ?? []
  const [, token = ''] = /Bearer (\S+)'/.exec(program.stdout) ?? []
  const command = program.stdout.slice(program.stdout.indexOf('curl')).trim()
  return {
    program,
    url,
    platformUrl,
    token,
    readyAfterMs,
    command,
    async get(path) {
      const response = await fetch(url + path, { headers: { authorization: `Bearer ${token}` } })
      return response.json()
    },
    isGone: () =>
      vi.waitFor(async () => expect(await leftOver(dataDir, [Number(new URL(url).port), platformPort])).toEqual([]), {
        timeout: END_TIMEOUT_MS,
        interval: 100,
      }),
  }
}

/** Sends a signal to the script and to what it started in its group, as a terminal does. */
export function signalGroup({ program }: Pick<Shop, 'program'>, signal: NodeJS.Signals): void {
  process.kill(-(program.process.pid ?? 0), signal)
}

/** Sends Ctrl-C; resolves when it has ended with code 0 and nothing of it runs. */
export async function stopShop(shop: Shop): Promise<void> {
  signalGroup(shop, 'SIGINT')
  expect(await shop.program.end).toEqual({ code: 0, signal: null })
  await shop.isGone()
}

const hasCurl = spawnSync('curl', ['--version']).status === 0

/** Places an order with the printed command, or sends the same request where there is no curl. */
export async function pasteCommand({ command }: Shop): Promise<OrderView> {
  if (hasCurl) return JSON.parse(spawnSync('sh', ['-c', command], { encoding: 'utf8' }).stdout)
  const [, url = ''] = /curl -s (\S+)/.exec(command) ?? []
  const headers = [...command.matchAll(/-H '([^:]+): ([^']+)'/g)].map(([, name = '', value = '']) => [name, value])
  const [, body = ''] = /-d '([^']+)'/.exec(command) ?? []
  const response = await fetch(url, { method: 'POST', headers: Object.fromEntries(headers), body })
  return (await response.json()) as OrderView
}
