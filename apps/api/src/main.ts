import type { Logger } from 'pino'
import { explainStartError } from './explain-start-error.ts'
import { limitHeapGrowth } from './limit-heap-growth.ts'
import { readSettings, type Settings } from './settings.ts'
import type { Api } from './start-api.ts'

let api: Promise<Api> | undefined
let log: Logger | undefined
const stopping = new AbortController()

limitHeapGrowth()

// Before the start, so that an interrupted start is cleaned up. Not `once`, because a terminal and npm may both deliver the
// same Ctrl-C.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop(signal))

try {
  const settings = readSettings(process.env)
  api = start(settings)
  const { url } = await api
  if (!stopping.signal.aborted) log?.info({ url }, 'Ready.')
} catch (error) {
  if (error !== stopping.signal.reason) {
    process.stderr.write(`${explainStartError(error)}\n`)
    process.exitCode = 1
  }
}

/** Loads the modules only after the settings were read, so that a wrong setting is reported at once: loading takes a second. */
async function start(settings: Settings): Promise<Api> {
  const [{ createLogger }, { startApi }] = await Promise.all([
    import('./observability/logger.ts'),
    import('./start-api.ts'),
  ])
  log = createLogger(settings.LOG_LEVEL)
  return startApi(settings, log, stopping.signal)
}

/** Finishes the running calls and stops everything. Ends a start in progress. */
async function stop(signal: string): Promise<void> {
  if (stopping.signal.aborted) return
  stopping.abort()
  log?.info({ signal }, 'Stopping.')
  const started = await api?.catch(() => undefined)
  await started?.stop()
}
