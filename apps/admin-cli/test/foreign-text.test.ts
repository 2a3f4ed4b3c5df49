import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { renderFrame } from '../src/commands/top/render-frame.ts'
import { run } from '../src/program.ts'
import { write } from '../src/terminal/output.ts'

// Everything runs in this process, because none of it needs a server.

/** A clear screen, an OSC that sets the clipboard, a C1 control, a line end and a bidi override. */
const EVIL = 'x\u001b[2J\u001b]52;c;ZXZpbA==\u0007\u009b1A\r\ny\u202ez\u2066\u2028!'
const SHOWN = String.raw`x\u001b[2J\u001b]52;c;ZXZpbA==\u0007\u009b1A\u000d\u000ay\u202ez\u2066\u2028!`
const RAW = /[\p{Cc}\p{Bidi_Control}\u2028]/u

let printed: string

beforeEach(() => {
  printed = ''
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      printed += text
      return true
    })
})

afterEach(() => vi.restoreAllMocks())

/** Runs a command against a server that answers every call with the same data or problem. */
async function runAgainst(reply: object, ...args: string[]): Promise<number> {
  vi.spyOn(globalThis, 'fetch').mockImplementation(async () => Response.json([reply]))
  return await run([...args, '--url', 'http://jumun.test', '--token', 'token'])
}

/** The lines that were printed. None has a control character. */
function lines(): string[] {
  const lines = printed.split('\n')
  for (const line of lines) expect(line).not.toMatch(RAW)
  return lines
}

const problem = { code: 'FORBIDDEN', title: EVIL, status: 403, detail: EVIL, type: 'x', requestId: EVIL }
const issues = [{ path: ['items', 0, 'price'], message: EVIL }]
const badRequest = { ...problem, code: 'BAD_REQUEST', status: 400, issues }
const error = (problem: object) => ({ error: { message: 'x', code: 1, data: { code: 'x', httpStatus: 400, problem } } })
const create = ['products', 'create', '--name', 'Tea', '--price', '0', '--stock', '1']

test('control and bidi characters that a server sends are shown escaped in tables, audits and errors', async () => {
  const invariants = [{ name: EVIL, rule: EVIL, checked: 1, broken: 2, ids: [EVIL] }]
  const audit = { holds: false, at: EVIL, invariants }
  expect(await runAgainst({ result: { data: audit } }, 'audit')).toBe(1)
  expect(lines()).toContain(`${SHOWN}: ${SHOWN}`)
  expect(lines()).toContain(`${SHOWN}: and 1 more`)
  expect(lines()).toContain(`error: 1 of 1 invariants were broken at ${SHOWN}: ${SHOWN}.`)

  printed = ''
  expect(await runAgainst(error(problem), 'points', 'balance', 'mina')).toBe(1)
  expect(printed).toBe(`error: ${SHOWN}\n`)

  printed = ''
  expect(await runAgainst(error(badRequest), ...create)).toBe(2)
  expect(printed).toContain(`(--price: ${SHOWN})`)
  lines()

  printed = ''
  const product = { id: 1, name: EVIL, price: 1, stock: 1, key: EVIL }
  expect(await runAgainst({ result: { data: product } }, 'products', 'show', '1')).toBe(0)
  expect(lines()).toHaveLength(3)

  printed = ''
  expect(await runAgainst({ result: { data: product } }, 'products', 'show', '1', '--json')).toBe(0)
  lines()
  expect(JSON.parse(printed)).toEqual(product)
})

test('top shows control and bidi characters escaped', () => {
  const known = { state: 'known' as const, at: EVIL, holds: false, count: 1, broken: [EVIL] }
  const measures = { ordersPerSecond: 1, callsPerSecond: 1, eventsWaiting: 1, oldestEventSeconds: 1 }
  for (const invariants of [known, { state: 'failed' as const, reason: EVIL }]) {
    const popular = [{ rank: 1, productId: 1, name: EVIL, sold: 1, stock: 1 }]
    const frame = { ...measures, at: EVIL, orderLatencyMs: { p50: 1, p99: 1 }, popular, invariants }
    const rendered = renderFrame({ frame, address: EVIL, width: 1_000, trouble: EVIL })
    vi.stubEnv('NO_COLOR', '1')
    write(process.stdout, ...rendered.flatMap((line) => [line, '\n']))
    vi.unstubAllEnvs()
    expect(lines().join().split(SHOWN).length).toBeGreaterThan(5)
  }
})

test('a field that the API refuses has the name of its option', async () => {
  const issues = [{ path: ['items', 0, 'price'], message: 'Too small' }]
  const message = { ...badRequest, detail: 'No.', issues }
  expect(await runAgainst(error(message), ...create)).toBe(2)
  expect(printed).toBe('error: No. (--price: Too small)\n')
  printed = ''
  const others = ['stockDelta', 'productId'].map((field) => ({ path: [field], message: 'Too big' }))
  await runAgainst(error({ ...message, issues: others }), 'products', 'update', '1', '--stock-delta', '9')
  expect(printed).toBe('error: No. (--stock-delta: Too big; productId: Too big)\n')
})

test('only one file writes to stdout and stderr', () => {
  const source = join(import.meta.dirname, '../src')
  const writing = globSync('**/*.ts', { cwd: source }).filter((file) =>
    /(stdout|stderr|stream)\.write\(|console\.(log|error)\(/.test(readFileSync(join(source, file), 'utf8')),
  )
  expect(writing).toEqual(['terminal/output.ts'])
})
