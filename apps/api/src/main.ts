import { pino } from 'pino'
import pretty from 'pino-pretty'
import { readSettings, SettingsError } from './settings.ts'
import { startApi } from './start-api.ts'

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
  process.stderr.write(`${explain(error)}\n`)
  process.exitCode = 1
}

function explain(error: unknown): string {
  const { code, message, address, port } = error as NodeJS.ErrnoException & { address?: string; port?: number }
  if (error instanceof SettingsError) return message
  if (code === 'EADDRINUSE') return `PORT: ${address}:${port} is taken by another program; set PORT to a free one.`
  return `Jumun could not start: ${message}`
}
