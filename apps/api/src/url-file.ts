import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'

/**
 * Writes the URL into the data directory, where the command-line client on this machine reads it. Only a convenience: if the
 * file cannot be written, the reason is logged at `debug`.
 *
 * @returns removes the file, unless another process has replaced it
 */
export async function writeUrlFile(dataDir: string, url: string, log: Logger): Promise<() => Promise<void>> {
  const path = join(dataDir, 'api-url')
  const draft = `${path}.${randomUUID()}`
  const content = `${url}\n`
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 })
    await writeFile(draft, content)
    await rename(draft, path)
  } catch (error) {
    log.debug({ err: error }, `The file ${path} could not be written; the command line needs --url.`)
    await rm(draft, { force: true }).catch(() => {})
  }
  return async () => {
    // A failure must not keep the rest from stopping: the next start replaces the file.
    const current = await readFile(path, 'utf8').catch(() => '')
    if (current === content) await rm(path, { force: true }).catch(() => {})
  }
}
