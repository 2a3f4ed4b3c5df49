import { type Logger, pino } from 'pino'
import pretty from 'pino-pretty'
import { readSettings } from './settings.ts'
import { type Api, explainStartError, startApi } from './start-api.ts'

let api: Promise<Api> | undefined
let log: Logger | undefined
let stopping = false

// From the start on, so that a start that is called off leaves nothing behind; and for good, since a terminal and npm may
// both pass the same Ctrl-C on.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop(signal))

try {
  const settings = readSettings(process.env)
  log = pino({ level: settings.LOG_LEVEL }, process.stdout.isTTY ? pretty() : process.stdout)
  api = startApi(settings, log)
  const { url } = await api
  if (!stopping) log.info({ url }, 'Ready.')
} catch (error) {
  process.stderr.write(`${explainStartError(error)}\n`)
  process.exitCode = 1
}

/** Finishes the calls under way and stops everything; a start that is under way first. */
async function stop(signal: string): Promise<void> {
  if (stopping) return
  stopping = true
  log?.info({ signal }, 'Stopping.')
  const started = await api?.catch(() => undefined)
  await started?.stop()
}
