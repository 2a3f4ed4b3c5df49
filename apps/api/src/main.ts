import { pino } from 'pino'
import pretty from 'pino-pretty'
import { readSettings } from './settings.ts'
import { explainStartError, startApi } from './start-api.ts'

try {
  const settings = readSettings(process.env)
  const log = pino({ level: settings.LOG_LEVEL }, process.stdout.isTTY ? pretty() : process.stdout)
  const api = await startApi(settings, log)
  log.info({ url: api.url }, 'Ready.')
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      log.info({ signal }, 'Stopping.')
      void api.stop()
    })
  }
} catch (error) {
  process.stderr.write(`${explainStartError(error)}\n`)
  process.exitCode = 1
}
