import { SettingsError } from './settings.ts'

/** Explains in one line why the API could not start, and names the setting to change where one is the cause. */
export function explainStartError(error: unknown): string {
  const {
    code,
    syscall = '',
    path,
    address,
    port,
  } = error as NodeJS.ErrnoException & { address?: string; port?: number }
  const reason = firstLine(error)
  if (error instanceof SettingsError) return reason
  if (code === 'EADDRINUSE') return `PORT: ${address}:${port} is taken by another program; set PORT to a free one.`
  if (code === 'EACCES' && syscall === 'listen') return `PORT: ${reason}`
  if (['listen', 'getaddrinfo'].includes(syscall)) return `HOST: ${reason}`
  return path === undefined ? `Jumun could not start: ${reason}` : `DATA_DIR: ${reason}`
}

/** The message of an `AggregateError`, from a host with several unreachable addresses, is empty: use its first error. */
export function firstLine(error: unknown): string {
  const { message } = error instanceof AggregateError ? error.errors[0] : (error as Error)
  return message.split('\n', 1)[0]
}
