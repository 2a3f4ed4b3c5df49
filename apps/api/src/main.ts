import type { Logger } from 'pino'
import { createLogger } from './observability/logger.ts'
import { readSettings } from './settings.ts'
import { type Api, explainStartError, startApi } from './start-api.ts'

let api: Promise<Api> | undefined
let log: Logger | undefined
let stopping = false

// Before the start, so that an interrupted start is cleaned up. Not `once`, because a terminal and npm may both deliver the
// same Ctrl-C.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop(signal))

try {
  const settings = readSettings(process.env)
  log = createLogger(settings.LOG_LEVEL)
  api = startApi(settings, log)
  const { url } = await api
  if (!stopping) log.info({ url }, 'Ready.')
} catch (error) {
  process.stderr.write(`${explainStartError(error)}\n`)
  process.exitCode = 1
}

/** Finishes the running calls and stops everything. Waits for a start in progress first. */
async function stop(signal: string): Promise<void> {
  if (stopping) return
  stopping = true
  log?.info({ signal }, 'Stopping.')
  const started = await api?.catch(() => undefined)
  await started?.stop()
}
