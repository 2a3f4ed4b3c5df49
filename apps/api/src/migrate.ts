import { createInterface } from 'node:readline/promises'
import { runMigrate } from './run-migrate.ts'

/** `npm run migrate -- up|down|status`. */

const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort())

process.exitCode = await runMigrate(process.argv.slice(2), {
  environment: process.env,
  print: (text) => void process.stdout.write(`${text}\n`),
  report: (line) => void process.stderr.write(`${line}\n`),
  ask: process.stdin.isTTY ? ask : undefined,
  signal: stopping.signal,
})

async function ask(question: string): Promise<string> {
  using terminal = createInterface({ input: process.stdin, output: process.stderr })
  return await terminal.question(question, { signal: stopping.signal })
}
