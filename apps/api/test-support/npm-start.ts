import { spawnSync } from 'node:child_process'
import type { OrderView } from '@jumun/contract'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { freePort } from '@jumun/test-kit/ports'
import { type Program, programs, startProgram } from '@jumun/test-kit/program'
import { expect, onTestFinished, vi } from 'vitest'
import { findLeftovers } from './leftovers.ts'

/** How long the programs may take to end after a signal. */
const END_TIMEOUT_MS = 8_000

/** A running `npm start`. */
export interface Shop {
  program: Program
  url: string
  platformUrl: string
  /** Token of the demo member. */
  token: string
  /** Time from the start until the command was printed, in milliseconds. */
  readyAfterMs: number
  /** The printed command that places an order. */
  command: string
  get(path: string): Promise<unknown>
  /** Waits until none of its processes runs and its ports are closed. */
  untilGone(): Promise<void>
}

/** Runs the script of `npm start` without waiting until it is ready. */
export async function spawnShop(
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
  const { program, platformPort } = await spawnShop(dataDir, options)
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
    untilGone: () => untilGone(dataDir, [Number(new URL(url).port), platformPort || Number(new URL(platformUrl).port)]),
  }
}

/** Waits until no process of a data directory runs and these ports are closed. */
export function untilGone(dataDir: string, ports: number[]): Promise<void> {
  return vi.waitFor(async () => expect(await findLeftovers(dataDir, ports)).toEqual([]), {
    timeout: scaleByLoad(END_TIMEOUT_MS),
    interval: 100,
  })
}

/** Sends a signal to the script and its process group, as a terminal does. */
export function signalGroup({ program }: Pick<Shop, 'program'>, signal: NodeJS.Signals): void {
  process.kill(-(program.process.pid ?? 0), signal)
}

/** Sends Ctrl-C, and expects exit code 0 and no remaining processes. */
export async function stopShop(shop: Shop): Promise<void> {
  signalGroup(shop, 'SIGINT')
  expect(await shop.program.end).toEqual({ code: 0, signal: null })
  await shop.untilGone()
}

const hasCurl = spawnSync('curl', ['--version']).status === 0

/** Places an order with the printed command, or with the same request where curl is not installed. */
export async function runPrintedCommand({ command }: Shop): Promise<OrderView> {
  if (hasCurl) return JSON.parse(spawnSync('sh', ['-c', command], { encoding: 'utf8' }).stdout)
  const [, url = ''] = /curl -s (\S+)/.exec(command) ?? []
  const headers = [...command.matchAll(/-H '([^:]+): ([^']+)'/g)].map(([, name = '', value = '']) => [name, value])
  const [, body = ''] = /-d '([^']+)'/.exec(command) ?? []
  const response = await fetch(url, { method: 'POST', headers: Object.fromEntries(headers), body })
  return (await response.json()) as OrderView
}
