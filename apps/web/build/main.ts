import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CONSOLE_PATHS, SHOP_PATHS } from '../src/shared/page-paths.ts'
import { bundle } from './bundle.ts'
import { writeIntros } from './intros.ts'
import { compileMessages } from './messages.ts'
import { DIST, WEB } from './paths.ts'
import { precompress } from './precompress.ts'
import { hashSources } from './source-hash.ts'

/** Builds the shop and the console into `dist`, unless the sources have not changed since. */

const STAMP = join(DIST, '.stamp')

const hash = await hashSources()
const built = await readFile(STAMP, 'utf8').catch(() => undefined)
if (built !== hash) {
  await rm(DIST, { recursive: true, force: true })
  await compileMessages()
  await bundle()
  await writeIntros()
  await precompress(join(DIST, 'assets'))
  // For the server, whose routes are written like the shop's.
  const consolePaths = CONSOLE_PATHS.map((path) => path.replaceAll('/$', '/:'))
  await writeFile(join(DIST, 'page-paths.json'), JSON.stringify({ shop: SHOP_PATHS, console: consolePaths }))
  await writeFile(STAMP, hash)
  process.stderr.write(`Built the shop and the console into ${DIST.slice(WEB.length - 'apps/web'.length)}.\n`)
}
