import { createReadStream, createWriteStream, existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { createBrotliDecompress } from 'node:zlib'
import { extract } from 'tar-fs'

/** How to run a browser. */
export interface BrowserProgram {
  path: string
  /** Where its own libraries are. */
  libraries?: string
}

const CACHE = resolve(import.meta.dirname, '../node_modules/.cache')

const SYSTEM_BROWSERS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/microsoft-edge',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
]

/**
 * Finds a browser: the one at `JUMUN_BROWSER`; on Linux x64 the Chromium that comes with npm, which is unpacked once; else a browser of
 * the system. Throws if there is none.
 */
export async function findBrowser(): Promise<BrowserProgram> {
  const chosen = process.env['JUMUN_BROWSER']
  if (chosen) return { path: chosen }
  if (process.platform === 'linux' && process.arch === 'x64') return unpackedChromium()
  const path = SYSTEM_BROWSERS.find((candidate) => existsSync(candidate))
  if (path) return { path }
  throw new Error(
    'No browser was found. Install Chromium, Chrome or Edge, set JUMUN_BROWSER to its path, or leave these tests out with JUMUN_NO_BROWSER=1.',
  )
}

/** Several test processes may unpack at the same time: each into a folder of its own, and one of the folders stays. */
async function unpackedChromium(): Promise<BrowserProgram> {
  const packed = fileURLToPath(new URL('../bin', import.meta.resolve('@sparticuz/chromium')))
  const version = /chromium@([\d.]+)/.exec(packed)?.[1] ?? 'unknown'
  const folder = join(CACHE, `chromium-${version}`)
  if (!existsSync(folder)) {
    const draft = `${folder}.${process.pid}`
    await mkdir(draft, { recursive: true })
    const open = (name: string) => createReadStream(join(packed, name)).pipe(createBrotliDecompress())
    await Promise.all([
      pipeline(open('chromium.br'), createWriteStream(join(draft, 'chromium'), { mode: 0o755 })),
      pipeline(open('al2023.tar.br'), extract(draft)),
    ])
    await rename(draft, folder).catch(() => rm(draft, { recursive: true, force: true }))
  }
  return { path: join(folder, 'chromium'), libraries: join(folder, 'al2023/lib') }
}
