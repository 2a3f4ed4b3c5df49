import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { readSettings } from './settings.ts'
import { startMockDataPlatform } from './start.ts'

try {
  const settings = readSettings(process.env)
  mkdirSync(dirname(settings.storageFile), { recursive: true, mode: 0o700 })
  const { url, stop } = await startMockDataPlatform(settings)
  const end = () => void stop().then(() => process.exit(0))
  // Exit with the parent, even if it crashed. It may have exited while this process was starting.
  for (const event of ['SIGINT', 'SIGTERM', 'disconnect']) process.on(event, end)
  if (process.connected === false) end()

  process.stdout.write(`mock data platform: listening on ${url}\n`)
  if (process.connected) process.send?.({ url })
} catch (error) {
  process.stderr.write(`mock data platform: ${reason(error)}\n`)
  process.exit(1)
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const taken = 'code' in error && error.code === 'EADDRINUSE' && 'port' in error
  return taken ? `MOCK_DATA_PLATFORM_PORT: ${error.port} is taken by another process` : error.message
}
